"""Making what a test needs, in few words and with the product's own services where they exist."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import func, select

from tests.support import samples
from trainapp.accounts.links import issue_link
from trainapp.accounts.models import ClaimState, EmailAddress, FocalPointClaim, Person, RoleGrant
from trainapp.assistance.models import Statement
from trainapp.catalogue.models import Level, Subject
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.tokens import public_id
from trainapp.core.unit_of_work import unit_of_work
from trainapp.files.models import StoredFile
from trainapp.files.service import Upload
from trainapp.mail.message import Recipient, Rendered, compose
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.outbox import queue_mail
from trainapp.mail.transports import FolderTransport
from trainapp.offices.models import Office, OfficeContact
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.answering import answer_scope
from trainapp.requests.attachments import attach
from trainapp.requests.models import Channel, Mode, RequestEvent, RequestState, Step, TrainingRequest
from trainapp.scheduling.models import (
    MaterialKind,
    Meeting,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionMaterial,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
    Visibility,
)
from trainapp.scheduling.trainers import ExceptionWish, add_exception

SEEN_MAILS = "tests.seen_mails"
"""Where the application under test keeps the ids of the mails a test has looked at."""


@dataclass
class World:
    """Every method works in its own application context and commits; it gives identifiers, not rows."""

    app: Flask

    def person(
        self,
        name: str = "Person Example",
        *,
        role: Role | None = None,
        office: str | None = None,
        language: str = "en",
        zone: str = "Europe/Zurich",
        email: str | None = None,
    ) -> str:
        """A person with a confirmed address; gives the public id. A focal point is one for `office`."""
        with self.app.app_context(), unit_of_work():
            found = office_of(office) if office else None
            person = Person(name=name, language=language, zone=zone, office=found)
            address = email or f"{name.replace(' ', '.').lower()}@example.org"
            person.addresses.append(EmailAddress(address=address, normalized=address.casefold(), confirmed_at=now()))
            if role is not None:
                person.grants.append(
                    RoleGrant(
                        role=role,
                        office=found if role is Role.FOCAL_POINT else None,
                        valid_from=date(2020, 1, 1),
                    )
                )
            db.session.add(person)
            db.session.flush()
            return person.public_id

    def session(self, code: str = "2027-ST26-EN-01", **changes: Any) -> str:
        """A published open webinar with one meeting (`meetings=n` for more) in 30 days; gives its code.

        `trainer=public_id`, `subjects=[codes]`, `offices={code: role}` and any column of the session may be given.
        """
        with self.app.app_context(), unit_of_work():
            count = changes.pop("meetings", 1)
            first = changes.pop("first_day", (now() + timedelta(days=30)).date())
            subjects = changes.pop("subjects", ["ST26"])
            trainer = changes.pop("trainer", None)
            offices: dict[str, str] = changes.pop("offices", {})
            days = [first + timedelta(days=number) for number in range(count)]
            values: dict[str, Any] = {
                "kind": SessionKind.WEBINAR,
                "state": SessionState.PUBLISHED,
                "titles": {"en": f"Session {code}"},
                "language": "en",
                "mode": Mode.ONLINE,
                "join_url": "https://meet.example.org/room",
                "zone": "Europe/Zurich",
                "policy": RegistrationPolicy.OPEN,
                **changes,
            }
            session = TrainingSession(code=code, first_day=days[0], last_day=days[-1], **values)
            session.meetings = [meeting_on(day, number, values["zone"]) for number, day in enumerate(days, 1)]
            session.subjects = [
                SessionSubject(subject=subject)
                for subject in db.session.scalars(select(Subject).where(Subject.code.in_(subjects)))
            ]
            session.offices = [
                SessionOffice(office=office_of(office), role=OfficeRole(role)) for office, role in offices.items()
            ]
            if trainer:
                session.trainers = [db.session.scalars(select(Person).where(Person.public_id == trainer)).one()]
            db.session.add(session)
            return code

    def request(self, office: str, entered_by: str, **changes: Any) -> str:
        """A request of `office` for a Nice training, submitted where nothing else is said; gives its public id."""
        with self.app.app_context(), unit_of_work():
            number = db.session.scalar(select(func.count()).select_from(TrainingRequest)) or 0
            person = person_of(entered_by)
            state = changes.pop("state", RequestState.SUBMITTED)
            values: dict[str, Any] = {
                "mode": Mode.ONLINE,
                "level": Level.INTRODUCTION,
                "languages": ["en"],
                "audience": "Examiners",
                "people": 20,
                "period_from": today() + timedelta(days=60),
                "period_to": today() + timedelta(days=90),
                "channel": Channel.OFFICE,
                "received_on": today(),
                **changes,
            }
            request = TrainingRequest(
                code=f"R-{today().year}-{number + 1:04d}",
                office=office_of(office),
                state=state,
                entered_by=person,
                **values,
            )
            request.subjects = list(db.session.scalars(select(Subject).where(Subject.code == "NICE")))
            step = Step.SAVE_DRAFT if state is RequestState.DRAFT else Step.SUBMIT
            request.events = [RequestEvent(person=person, step=step, from_state=None, to_state=state)]
            db.session.add(request)
            db.session.flush()
            return request.public_id

    def material(self, session: str, **changes: Any) -> str:
        """A material of a session, a small file for people with a seat where nothing else is said."""
        with self.app.app_context(), unit_of_work():
            training = db.session.scalars(select(TrainingSession).where(TrainingSession.code == session)).one()
            content = changes.pop("content", b"%PDF-1.7\n%%EOF\n")
            values: dict[str, Any] = {
                "kind": MaterialKind.MATERIAL,
                "title": "Slides",
                "language": "en",
                "visibility": Visibility.REGISTERED,
                "file": StoredFile(
                    name="slides.pdf",
                    media_type="application/pdf",
                    size=len(content),
                    digest=sha256(content).hexdigest(),
                    content=content,
                ),
                **changes,
            }
            material = SessionMaterial(session=training, **values)
            db.session.add(material)
            db.session.flush()
            return material.public_id

    def attachment(self, request: str, person: str, content: bytes | None = None) -> str:
        """A comment of a person on a request, with a small file; gives the public id of the file."""
        with self.app.app_context(), unit_of_work():
            found = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == request)).one()
            event = RequestEvent(
                request=found,
                person=person_of(person),
                step=Step.COMMENT,
                from_state=found.state,
                to_state=found.state,
                comment="See the file.",
            )
            db.session.add(event)
            db.session.flush()
            (attached,) = attach(event, [Upload("letter.pdf", content or samples.pdf())])
            return attached.file.public_id

    def answer_link(self, request: str, person: str) -> str:
        """The secret of a link by which a person answers a request from the mail."""
        with self.app.app_context(), unit_of_work():
            asked = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == request)).one()
            return issue_link(person_of(person), answer_scope(asked), now() + timedelta(days=60))

    def claim(self, office: str, person: str, *, confirmed: bool = False, **changes: Any) -> tuple[str, str]:
        """A person asks to be a focal point of `office`; gives the public id of the claim, and its link's secret."""
        with self.app.app_context(), unit_of_work():
            someone = person_of(person)
            values: dict[str, Any] = {
                "name": someone.name,
                "address": someone.addresses[0].address,
                "state": ClaimState.CONFIRMED if confirmed else ClaimState.ASKED,
                "confirmed_at": now() if confirmed else None,
                **changes,
            }
            claim = FocalPointClaim(office=office_of(office), person=someone, **values)
            db.session.add(claim)
            db.session.flush()
            return claim.public_id, issue_link(someone, f"claim:{claim.id}", now() + timedelta(days=7))

    def contact(self, office: str, name: str = "Contact Example", **changes: Any) -> str:
        """A contact on the list of `office`; gives its public id."""
        with self.app.app_context(), unit_of_work():
            contact = OfficeContact(office=office_of(office), name=name, address="contact@example.org", **changes)
            db.session.add(contact)
            db.session.flush()
            return contact.public_id

    def trainer_days(self, trainer: str) -> str:
        """Days on which a trainer is away; gives the public id of the entry."""
        with self.app.app_context(), unit_of_work():
            person, day = person_of(trainer), today() + timedelta(days=30)
            return add_exception(person, person, ExceptionWish(day, day)).public_id

    def feed_token(self, trainer: str) -> str:
        """The secret in the address of a trainer's feed."""
        with self.app.app_context(), unit_of_work():
            person = person_of(trainer)
            return issue_link(person, f"feed:{person.id}")

    def sign_in_link(self, person: str) -> str:
        """The secret of a link to sign in, not yet used."""
        with self.app.app_context(), unit_of_work():
            return issue_link(person_of(person), "sign_in", now() + timedelta(minutes=30))

    def registration_link(self, session: str, person: str, **changes: Any) -> str:
        """Register a person, confirmed where nothing else is said; gives the secret of the link to manage it."""
        with self.app.app_context(), unit_of_work():
            someone = person_of(person)
            training = db.session.scalars(select(TrainingSession).where(TrainingSession.code == session)).one()
            places = select(func.max(Registration.place)).where(Registration.session_id == training.id)
            values: dict[str, Any] = {
                "state": RegistrationState.CONFIRMED,
                "confirmed_at": now(),
                "name": someone.name,
                "office": someone.office,
                "language": someone.language,
                "zone": someone.zone,
                **changes,
            }
            registration = Registration(
                session=training, person=someone, place=(db.session.scalar(places) or 0) + 1, **values
            )
            db.session.add(registration)
            db.session.flush()
            return issue_link(someone, f"registration:{registration.id}")

    def statement(self, figure: str, year: int, value: int = 17) -> None:
        """A figure that a source only counts."""
        with self.app.app_context(), unit_of_work():
            db.session.add(Statement(figure=figure, year=year, value=value, source="A document of that year, §1"))

    def delivered_mail(self) -> str:
        """A mail with an attachment in the mailbox folder; gives its name there."""
        settings = self.app.config["SETTINGS"]
        with self.app.app_context():
            message = compose(
                "delivered",
                Recipient("Reader Example", "reader@example.org", "en"),
                Rendered("A mail", "Text.\n", "<p>Text.</p>"),
                now(),
            )
        message.add_attachment(b"BEGIN:VCALENDAR", maintype="application", subtype="ics", filename="invite.ics")
        FolderTransport(settings.mailbox_folder).send("sender@example.org", "reader@example.org", message.as_bytes())
        return max(path.stem for path in settings.mailbox_folder.glob("*.eml"))

    def dead_mail(self) -> int:
        """A mail that no server takes; gives its id."""
        with self.app.app_context(), unit_of_work():
            recipient, rendered = Recipient("", "gone@example.org", "en"), Rendered("A mail", "Text.\n", "<p>Text.</p>")
            mail = queue_mail(f"dead:{public_id()}", recipient, rendered)
            mail.state, mail.attempts, mail.tried_at, mail.error = MailState.DEAD, 1, now(), "550: no such mailbox"
            return mail.id

    def mails(self, recipient: str | None = None) -> list[OutboxMail]:
        """The outbox in order, of one address where given. A mail looked at here is an expected one."""
        with self.app.app_context():
            query = select(OutboxMail).order_by(OutboxMail.id)
            if recipient:
                query = query.where(OutboxMail.recipient == recipient)
            mails = list(db.session.scalars(query))
            self.app.extensions.setdefault(SEEN_MAILS, set()).update(mail.id for mail in mails)
            return mails


def meeting_on(day: date, number: int, zone: str, start: time = time(10), end: time = time(11, 30)) -> Meeting:
    """A meeting at the same wall time each day; the instants are the zone's, by the standard library."""
    where = ZoneInfo(zone)
    return Meeting(
        number=number,
        on_date=day,
        wall_start=start,
        wall_end=end,
        zone=zone,
        starts_at=datetime.combine(day, start, where).astimezone(UTC),
        ends_at=datetime.combine(day, end, where).astimezone(UTC),
    )


def office_of(code: str) -> Office:
    return db.session.scalars(select(Office).where(Office.code == code)).one()


def person_of(public_id: str) -> Person:
    return db.session.scalars(select(Person).where(Person.public_id == public_id)).one()
