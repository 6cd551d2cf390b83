"""People who come to a session, leave it, and are decided on; and an oracle of who then holds a seat."""

from dataclasses import dataclass, field

from sqlalchemy import select

from tests.support.world import World, office_of, person_of
from trainapp.accounts.links import issue_link
from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.registrations import service
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_by_code

PENDING, CONFIRMED = RegistrationState.PENDING, RegistrationState.CONFIRMED
WAITLISTED, APPLIED = RegistrationState.WAITLISTED, RegistrationState.APPLIED
CANCELLED, DECLINED = RegistrationState.CANCELLED, RegistrationState.DECLINED


def details(name: str, office: str | None = None, language: str = "en") -> service.Details:
    """Somebody whose address follows from the name."""
    found = office_of(office) if office else None
    return service.Details(name, f"{name}@example.org", language, "UTC", found)


def the_session(code: str) -> TrainingSession:
    return session_by_code(code)


def registration_named(code: str, name: str) -> Registration:
    query = select(Registration).join(TrainingSession).where(TrainingSession.code == code, Registration.name == name)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def public_ids(code: str, *names: str) -> list[str]:
    return [registration_named(code, name).public_id for name in names]


def link_of(registration: Registration) -> str:
    return issue_link(registration.person, f"registration:{registration.id}")


def actor(public_id: str) -> Person:
    return person_of(public_id)


def states_of(world: World, code: str) -> dict[str, RegistrationState]:
    """Who has what in a session, in the order of their places."""
    query = select(Registration.name, Registration.state).join(TrainingSession).where(TrainingSession.code == code)
    with world.app.app_context():
        rows = db.session.execute(query.order_by(Registration.place)).all()
        return dict(rows)


@dataclass
class SeatOracle:
    """Seats by the words of the rule: the first in line whose office has room gets the next free seat.

    People line up in the order in which they came, also where they were approved later.
    """

    capacity: int | None
    per_office: int | None
    offices: dict[str, str | None] = field(default_factory=dict)
    seated: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)

    def come(self, name: str, office: str | None, *, applies: bool) -> None:
        self.offices[name] = office
        (self.applied if applies else self.line).append(name)
        self._fill()

    def approve(self, names: list[str]) -> None:
        for name in [each for each in names if each in self.applied]:
            self.applied.remove(name)
            arrival = list(self.offices)
            self.line = sorted([*self.line, name], key=arrival.index)
            self._fill()

    def go(self, name: str) -> None:
        for people in (self.seated, self.line, self.applied):
            if name in people:
                people.remove(name)
        self._fill()

    def _fill(self) -> None:
        while (name := next(filter(self._may_sit, self.line), None)) is not None:
            self.line.remove(name)
            self.seated.append(name)

    def _may_sit(self, name: str) -> bool:
        office = self.offices[name]
        colleagues = [other for other in self.seated if self.offices[other] == office]
        has_room = self.per_office is None or office is None or len(colleagues) < self.per_office
        return has_room and (self.capacity is None or len(self.seated) < self.capacity)
