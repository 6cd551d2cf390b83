"""Making what a test needs, in few words and with the product's own services where they exist."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from trainapp.accounts.models import EmailAddress, Person, RoleGrant
from trainapp.catalogue.models import Subject
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.offices.models import Office
from trainapp.requests.models import Mode
from trainapp.scheduling.models import (
    Meeting,
    RegistrationPolicy,
    SessionKind,
    SessionState,
    SessionSubject,
    TrainingSession,
)

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
            person.addresses.append(
                EmailAddress(address=address, normalized=address.casefold(), confirmed_at=now())
            )
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

        `trainer=public_id`, `subjects=[codes]`, and any column of the session may be given.
        """
        with self.app.app_context(), unit_of_work():
            count = changes.pop("meetings", 1)
            first = changes.pop("first_day", (now() + timedelta(days=30)).date())
            subjects = changes.pop("subjects", ["ST26"])
            trainer = changes.pop("trainer", None)
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
            if trainer:
                session.trainers = [db.session.scalars(select(Person).where(Person.public_id == trainer)).one()]
            db.session.add(session)
            return code

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
