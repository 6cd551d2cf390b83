"""The people of the demonstration."""

from dataclasses import dataclass
from typing import Any

from trainapp.accounts.models import Person
from trainapp.accounts.queries import person_by_address
from trainapp.accounts.service import add_person, grant_role
from trainapp.cli.demo_days import read
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.errors import DomainError
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code


@dataclass
class People:
    """Everybody by the first part of their address, and who only takes part."""

    by_key: dict[str, Person]
    participants: list[Person]

    @property
    def coordinator(self) -> Person:
        return self.by_key["coordinator"]

    def focal_point(self, office: Office) -> Person:
        return self.by_key[f"focalpoint.{office.code.lower()}"]


def load_people() -> People:
    """Add whoever is not there yet; a person who is keeps what they have."""
    data = read("people")
    by_key: dict[str, Person] = {}
    for entry in data["staff"]:
        person = by_key[_key(entry)] = _person(entry)
        grant_role(None, person, Role(entry["role"]))
    for entry in data["focal_points"]:
        person = by_key[_key(entry)] = _person(entry)
        grant_role(None, person, Role.FOCAL_POINT, office_named(entry["office"]))
    participants = [_person(entry) for entry in data["participants"]]
    return People(by_key, participants)


def office_named(code: str) -> Office:
    """The office of a code in our own data. Raises `DomainError` when the offices are not loaded."""
    office = office_by_code(code)
    if office is None:
        raise DomainError(f"There is no office with the code {code}.")
    return office


def _key(entry: dict[str, Any]) -> str:
    return str(entry["email"]).partition("@")[0]


def _person(entry: dict[str, Any]) -> Person:
    known = person_by_address(entry["email"])
    if known is not None:
        return known
    office = office_named(entry["office"]) if "office" in entry else None
    zone = office.zone if office else entry["zone"]
    person = add_person(entry["name"], entry["email"], entry["language"], zone, office)
    for address in person.addresses:
        address.confirmed_at = now()
    return person
