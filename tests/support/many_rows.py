"""A world that grows: the same kinds of rows, few or a thousand of each, hanging together in every way a list shows."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.support.access_matrix import OFFICE, OTHER_OFFICE, Stage
from tests.support.world import meeting_on, office_of, person_of
from trainapp.accounts.models import ClaimState, EmailAddress, FocalPointClaim, Person, RoleGrant
from trainapp.attendance.models import Attendance, AttendanceEvidence, AttendanceStatus, EvidenceKind
from trainapp.catalogue.models import Course, Level, Subject
from trainapp.catalogue.queries import edition_in_force
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.files.models import StoredFile
from trainapp.mail.models import MailState, OutboxMail
from trainapp.offices.models import OfficeContact
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import (
    Channel,
    Mode,
    RequestAttachment,
    RequestEvent,
    RequestState,
    Slot,
    SlotMeeting,
    Step,
    TrainingRequest,
)
from trainapp.scheduling.models import (
    MaterialKind,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionMaterial,
    SessionOffice,
    SessionState,
    SessionSubject,
    TeachingState,
    TrainerException,
    TrainerHours,
    TrainerProfile,
    TrainingSession,
    Visibility,
)

ZONE = "Europe/Zurich"
SENT = [state for state in RequestState if state is not RequestState.DRAFT]
OPEN = (SessionState.DRAFT, SessionState.PUBLISHED)


@dataclass
class ManyRows:
    """Adds rows of every kind until there are so many of each, and names those whose own page is looked at."""

    app: Flask
    stage: Stage
    rows: int = 0

    def grow(self, rows: int) -> None:
        with self.app.app_context(), unit_of_work():
            self._load_common()
            for number in range(self.rows, rows):
                self._add(number)
            db.session.flush()
            self._fill_one_session(rows)
            self._fill_one_thread(rows)
        self.rows = rows

    @property
    def full_session(self) -> str:
        return "2027-NICE-EN-0000"

    @property
    def full_request(self) -> str:
        with self.app.app_context():
            query = select(TrainingRequest.public_id).where(TrainingRequest.code == "R-2026-5000")
            return str(db.session.scalars(query).one())

    def _load_common(self) -> None:
        self.office, self.other = office_of(OFFICE), office_of(OTHER_OFFICE)
        self.owner, self.trainer = person_of(self.stage.owner), person_of(self.stage.trainer)
        self.coordinator = person_of(str(self.stage.readers["coordinator"]))
        self.subject = db.session.scalars(select(Subject).where(Subject.code == "NICE")).one()
        self.course = db.session.scalars(select(Course).order_by(Course.id)).first()

    def _add(self, number: int) -> None:
        person = self._person(number)
        session = self._session(number)
        request = self._request(number)
        session.requests.append(request)
        self._claim(number, person)
        db.session.add(_mail(number))
        self.office.contacts.append(OfficeContact(name=f"Contact {number}", address=f"contact{number}@example.org"))
        if number < 100:  # nobody has more trainers or focal points than that
            self._make_trainer(person, session)
            person.grants.append(
                RoleGrant(role=Role.FOCAL_POINT, office=self.other, valid_from=date(2020, 1, 1), valid_to=None)
            )
        db.session.add(Registration(session=session, **_seat(self.owner, 1)))

    def _person(self, number: int) -> Person:
        person = Person(name=f"Member {number:04d}", language="en", zone=ZONE, office=self.office)
        address = f"member{number}@example.org"
        person.addresses.append(EmailAddress(address=address, normalized=address, confirmed_at=now()))
        db.session.add(person)
        return person

    def _make_trainer(self, person: Person, session: TrainingSession) -> None:
        person.grants.append(RoleGrant(role=Role.TRAINER, valid_from=date(2020, 1, 1)))
        profile = TrainerProfile(person=person, zone=ZONE, languages=["en"], subjects=[self.subject])
        profile.hours = [TrainerHours(weekday=weekday, from_time=time(8), to_time=time(17)) for weekday in range(1, 6)]
        profile.exceptions = [TrainerException(first_day=today(), last_day=today(), note="Away")]
        db.session.add(profile)
        session.trainers.append(person)

    def _session(self, number: int) -> TrainingSession:
        is_past = number % 2 == 1
        first = today() + timedelta(days=-30 if is_past else 30 + number % 20)
        state = SessionState.DELIVERED if is_past else OPEN[number // 2 % 2]
        session = TrainingSession(
            code=f"2027-NICE-EN-{number:04d}",
            kind=SessionKind.TRAINING,
            state=SessionState.PUBLISHED if number == 0 else state,
            titles={"en": f"Training {number}"} if number % 3 else {},
            course=self.course,
            language="en",
            mode=Mode.ONLINE,
            join_url="https://meet.example.org/room",
            zone=ZONE,
            policy=RegistrationPolicy.OPEN,
            first_day=first,
            last_day=first,
            trainers=[self.trainer],
        )
        session.meetings = [meeting_on(first, 1, ZONE)]
        edition = edition_in_force(self.subject, first)
        session.subjects = [SessionSubject(subject=self.subject, edition=edition)]
        session.offices = [
            SessionOffice(office=self.office, role=OfficeRole.BENEFICIARY),
            SessionOffice(office=self.other, role=OfficeRole.HOST),
        ]
        db.session.add(session)
        return session

    def _request(self, number: int) -> TrainingRequest:
        request = TrainingRequest(
            code=f"R-2026-{number + 5000}",
            office=self.office,
            state=RequestState.PROPOSED if number == 0 else SENT[number % len(SENT)],
            mode=Mode.ONLINE,
            level=Level.INTRODUCTION,
            languages=["en"],
            audience="Examiners",
            people=20,
            period_from=today() + timedelta(days=30),
            period_to=today() + timedelta(days=60),
            channel=Channel.OFFICE,
            received_on=today() - timedelta(days=number % 40),
            entered_by=self.owner,
            assigned_to=self.coordinator if number % 2 else None,
            course=self.course if number % 2 else None,
            subjects=[self.subject],
        )
        request.events = [_event(self.owner, Step.SUBMIT, request.state), self._offer(request, number)]
        db.session.add(request)
        return request

    def _offer(self, request: TrainingRequest, number: int) -> RequestEvent:
        event = _event(self.coordinator, Step.PROPOSE, request.state)
        planned = meeting_on(today() + timedelta(days=40 + number % 20), 1, ZONE)
        meeting = SlotMeeting(
            number=1,
            on_date=planned.on_date,
            wall_start=planned.wall_start,
            wall_end=planned.wall_end,
            starts_at=planned.starts_at,
            ends_at=planned.ends_at,
        )
        event.slots = [Slot(position=1, zone=ZONE, meetings=[meeting], trainers=[self.trainer])]
        return event

    def _claim(self, number: int, person: Person) -> None:
        states = (ClaimState.CONFIRMED, ClaimState.ACCEPTED, ClaimState.DECLINED)
        claim = FocalPointClaim(
            office=self.office,
            person=person,
            state=states[number % len(states)],
            name=person.name,
            address=f"member{number}@example.org",
            confirmed_at=now(),
            decided_by=self.coordinator if number % len(states) else None,
        )
        db.session.add(claim)

    def _fill_one_session(self, rows: int) -> None:
        """Everybody in one session, with their attendance, its trainers and its materials."""
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == self.full_session)).one()
        people = db.session.scalars(select(Person).where(Person.name.startswith("Member ")).order_by(Person.id))
        for number, person in enumerate(people):
            if self.rows <= number < rows:
                self._seat(session, person, number)
        db.session.execute(
            TrainingSession.metadata.tables["session_trainer"].update().values(state=TeachingState.ASKED)
        )

    def _seat(self, session: TrainingSession, person: Person, number: int) -> None:
        registration = Registration(session=session, **_seat(person, number + 2))
        attendance = Attendance(
            registration=registration, meeting=session.meetings[0], status=AttendanceStatus.PRESENT, minutes=60
        )
        attendance.evidence = [
            AttendanceEvidence(
                kind=EvidenceKind.MANUAL, status=AttendanceStatus.PRESENT, minutes=60, person=self.trainer
            )
        ]
        db.session.add_all([registration, attendance])
        session.materials.append(
            SessionMaterial(
                kind=MaterialKind.MATERIAL,
                title=f"Material {number}",
                language="en",
                visibility=list(Visibility)[number % 3],
                file=_file(number),
            )
        )

    def _fill_one_thread(self, rows: int) -> None:
        """A long thread: comments with attachments."""
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.code == "R-2026-5000")).one()
        for number in range(self.rows, rows):
            event = _event((self.owner, self.coordinator)[number % 2], Step.COMMENT, request.state)
            event.attachments = [RequestAttachment(file=_file(number))]
            request.events.append(event)


def _mail(number: int) -> OutboxMail:
    """One that no server takes; every other one has a later mail about the same."""
    at = now()
    return OutboxMail(
        key=f"many:{number}",
        thread=f"many:{number // 2}",
        order_key=str(number),
        recipient=f"member{number}@example.org",
        language="en",
        subject="A mail",
        message_id=f"<{number}@example.org>",
        holds_secret=False,
        content=b"x",
        content_digest="0" * 64,
        state=MailState.DEAD,
        attempts=1,
        queued_at=at,
        due_at=at,
        tried_at=at,
        error=f"550: refused {number}",
    )


def _event(person: Person, step: Step, state: RequestState) -> RequestEvent:
    return RequestEvent(person=person, step=step, from_state=state, to_state=state, comment="Words")


def _file(number: int) -> StoredFile:
    return StoredFile(name=f"{number}.pdf", media_type="application/pdf", size=4, digest="0" * 64, content=b"%PDF")


def _seat(person: Person, place: int) -> dict[str, Any]:
    return {
        "person": person,
        "state": RegistrationState.CONFIRMED,
        "place": place,
        "name": person.name,
        "office": person.office,
        "language": person.language,
        "zone": person.zone,
        "confirmed_at": now(),
    }
