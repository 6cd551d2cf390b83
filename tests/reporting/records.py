"""Records to count: stored as rows, and counted again in plain Python by rules written a second time."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.assistance.models import CollectionAdded, CommitteeMeeting, FundedParticipation, OcrStep, SystemUse
from trainapp.attendance.models import Attendance, AttendanceStatus
from trainapp.catalogue.models import Level, Subject
from trainapp.core.database import db
from trainapp.offices.models import Office
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import Channel, Mode, RequestState, TrainingRequest
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)

OFFICES = ("KE", "NA", "NO", "JP", "BR", "EG")
SUBJECTS = ("IPC", "NICE", "VIENNA", "LOCARNO", "ST26")
numbers = count(1)


@dataclass(frozen=True)
class Came:
    """A person at a session: who, from where, in which state, and (status, minutes) by meeting, None for no mark."""

    person: int
    office: str | None
    state: str
    marks: tuple[tuple[str, int] | None, ...]


@dataclass(frozen=True)
class Held:
    kind: str
    state: str
    language: str | None
    mode: str
    first: date
    days: tuple[tuple[int, bool], ...]
    subjects: tuple[str, ...]
    beneficiaries: tuple[str, ...]
    people: tuple[Came, ...] = ()

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=offset) for offset, cancelled in self.days if not cancelled]

    @property
    def people_at_meetings(self) -> list[Came]:
        """The people, with marks only for meetings there were."""
        return [replace(came, marks=came.marks[: len(self.days)]) for came in self.people]


@dataclass(frozen=True)
class Year:
    sessions: tuple[Held, ...] = ()
    requests: tuple[tuple[str, date], ...] = ()
    uses: tuple[tuple[str, str, date, date | None], ...] = ()
    steps: tuple[tuple[str, str, date], ...] = ()
    collections: tuple[tuple[str, str, int], ...] = ()
    funded: tuple[tuple[str, int, int], ...] = ()
    people: int = 4


@dataclass
class Store:
    """Stores a year; the caller commits."""

    year: Year
    offices: dict[str, Office] = field(default_factory=dict)

    def all(self) -> None:
        self.offices = {office.code: office for office in db.session.scalars(select(Office))}
        subjects = {subject.code: subject for subject in db.session.scalars(select(Subject))}
        people = [Person(name=f"Person {n}", language="en", zone="UTC") for n in range(self.year.people)]
        db.session.add_all(people)
        db.session.flush()
        for held in self.year.sessions:
            self.session(held, subjects, people)
        for state, day in self.year.requests:
            self.request(state, day, people[0])
        self.assistance()
        db.session.flush()

    def session(self, held: Held, subjects: dict[str, Subject], people: list[Person]) -> None:
        session = TrainingSession(
            code=f"T-{next(numbers)}",
            kind=SessionKind(held.kind),
            state=SessionState(held.state),
            language=held.language,
            mode=Mode(held.mode),
            zone="UTC",
            policy=RegistrationPolicy.CLOSED,
            first_day=held.first,
            last_day=held.first + timedelta(days=max((offset for offset, _gone in held.days), default=0)),
        )
        session.subjects = [SessionSubject(subject=subjects[code]) for code in held.subjects]
        session.offices = [
            SessionOffice(office=self.offices[code], role=role)
            for code in held.beneficiaries
            for role in (OfficeRole.BENEFICIARY, OfficeRole.REQUESTER)
        ]
        session.meetings = [
            Meeting(
                number=number,
                on_date=held.first + timedelta(days=offset),
                zone="UTC",
                state=MeetingState.CANCELLED if cancelled else MeetingState.PLANNED,
            )
            for number, (offset, cancelled) in enumerate(held.days, 1)
        ]
        db.session.add(session)
        db.session.flush()
        for place, came in enumerate(held.people, 1):
            registration = Registration(
                session=session,
                person=people[came.person],
                state=RegistrationState(came.state),
                place=place,
                name="Somebody",
                office=self.offices[came.office] if came.office else None,
                language="en",
                zone="UTC",
            )
            db.session.add(registration)
            for meeting, mark in zip(session.meetings, came.marks, strict=False):
                if mark is not None:
                    status, minutes = mark
                    db.session.add(
                        Attendance(
                            registration=registration,
                            meeting=meeting,
                            status=AttendanceStatus(status),
                            minutes=minutes,
                        )
                    )

    def request(self, state: str, day: date, person: Person) -> None:
        db.session.add(
            TrainingRequest(
                code=f"R-{next(numbers)}",
                office=self.offices["KE"],
                state=RequestState(state),
                mode=Mode.ONLINE,
                level=Level.INTRODUCTION,
                languages=["en"],
                audience="examiners",
                people=5,
                period_from=day,
                period_to=day,
                channel=Channel.LETTER,
                received_on=day,
                entered_by=person,
            )
        )

    def assistance(self) -> None:
        for office, system, started, ended in self.year.uses:
            db.session.add(SystemUse(office=self.offices[office], system=system, started=started, ended=ended))
        for office, stage, day in self.year.steps:
            db.session.add(OcrStep(office=self.offices[office], stage=stage, on_date=day))
        for office, database, year in self.year.collections:
            db.session.add(CollectionAdded(office=self.offices[office], database=database, ip_right="x", year=year))
        if self.year.funded:
            meeting = CommitteeMeeting(committee="CWS", number=next(numbers), held="2020-11", verified=True)
            for office, people, year in self.year.funded:
                db.session.add(
                    FundedParticipation(meeting=meeting, office=self.offices[office], people=people, year=year)
                )


class Tally(dict[str, float]):
    """Figures counted up; what is nought is left out at the end."""

    def add(self, figure: str, amount: float = 1) -> None:
        self[figure] = self.get(figure, 0) + amount


def figures_by_hand(records: Year, year: int) -> dict[str, float]:
    """The figures of a year by plain Python: the oracle. Only figures that are not nought."""
    found = Tally()
    in_year = [held for held in records.sessions if held.first.year == year]
    delivered = [held for held in in_year if held.state == "delivered"]
    trainings = [held for held in delivered if held.kind == "training" and held.beneficiaries]
    for held in delivered:
        count_session(found, held)
    for held in trainings:
        count_training(found, held)
    found["webinar_languages"] = len({held.language for held in delivered if held.kind == "webinar"} - {None})
    found["distinct_beneficiary_offices"] = len({code for held in trainings for code in held.beneficiaries})
    reached = {code for held in delivered for code in held.beneficiaries}
    count_people(found, [held for held in in_year if held.state in ("delivered", "published")], reached)
    for state, day in records.requests:
        if day.year == year and state != "draft":
            found.add(f"requests_by_state.{state}")
    count_assistance(found, records, year)
    return {figure: value for figure, value in found.items() if value}


def count_session(found: Tally, held: Held) -> None:
    found.add("sessions")
    found.add("webinars", held.kind == "webinar")
    found.add(f"sessions_by_kind.{held.kind}")
    found.add(f"sessions_by_mode.{held.mode}")
    found.add(f"sessions_by_language.{held.language or 'unknown'}")
    found.add("meetings", len(held.dates))
    for code in held.subjects:
        found.add(f"sessions_by_subject.{code}")


def count_training(found: Tally, held: Held) -> None:
    found.add("office_trainings")
    found.add("training_days", len(set(held.dates)))
    for code in held.subjects:
        found.add(f"office_trainings_by_subject.{code}")
    found.add("office_trainings_ipc", "IPC" in held.subjects)
    found.add("office_trainings_marks_and_designs", bool({"NICE", "VIENNA", "LOCARNO"} & set(held.subjects)))


def count_people(found: Tally, sessions: list[Held], reached: set[str]) -> None:
    people: set[int] = set()
    minutes = 0
    for came in (came for held in sessions for came in held.people_at_meetings):
        found.add("registrations", came.state == "confirmed")
        marks = [mark for mark in came.marks if mark is not None and mark[0] in ("present", "partial")]
        found.add("attendances", len(marks))
        minutes += sum(mark[1] for mark in marks)
        if marks:
            people.add(came.person)
            reached |= {came.office} if came.office else set()
    found["participants"] = len(people)
    found["person_hours"] = round(minutes / 60, 2)
    found["offices_reached"] = len(reached)


def count_assistance(found: Tally, records: Year, year: int) -> None:
    end = date(year, 12, 31)
    in_use = [
        (office, system)
        for office, system, started, ended in records.uses
        if started <= end and (ended is None or ended >= end)
    ]
    found["ipobs_offices"] = len({office for office, system in in_use if system == "IPOBS"})
    found["exchange_platform_offices"] = len({office for office, system in in_use if system != "IPOBS"})
    window = [(office, stage) for office, stage, day in records.steps if year - 3 <= day.year <= year]
    for stage in ("received", "trained", "in_production"):
        found[f"ocr.{stage}"] = len({office for office, reached in window if reached == stage})
    trained = {office for office, stage, day in records.steps if stage == "trained" and day.year <= year}
    found["ocr.untrained"] = len({office for office, stage in window if stage == "received"} - trained)
    found["ocr.pilot"] = len({office for office, stage, day in records.steps if stage == "pilot" and day.year == year})
    found["funded_participants"] = sum(people for _office, people, when in records.funded if when == year)
    added = [(office, database) for office, database, when in records.collections if when == year]
    for _office, database in added:
        found.add(f"collections.{database}")
    found["collections.distinct_offices"] = len({office for office, _database in added})
