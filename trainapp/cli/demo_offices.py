"""What the offices of the demonstration said about themselves."""

from datetime import timedelta

from trainapp.accounts.links import address_of
from trainapp.accounts.models import ClaimState, FocalPointClaim
from trainapp.accounts.queries import person_by_address
from trainapp.cli.demo_days import read
from trainapp.cli.demo_people import office_named
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.offices.models import OfficeContact


def load_offices_of_demo() -> None:
    """Add contacts, e-mail domains and somebody who asks to be a focal point; called once."""
    data = read("offices")
    for entry in data["contacts"]:
        values = {name: value for name, value in entry.items() if name != "office"}
        office_named(entry["office"]).contacts.append(OfficeContact(**values))
    for code, domains in data["domains"].items():
        office_named(code).email_domains = domains
    for entry in data["claims"]:
        db.session.add(_claim(entry))


def _claim(entry: dict[str, str]) -> FocalPointClaim:
    """Somebody whose address is proven already, and who waits for the secretariat."""
    person = person_by_address(f"{entry['person']}@example.org")
    if person is None:
        raise DomainError(f"There is nobody called {entry['person']} in the demonstration.")
    asked_at = now() - timedelta(days=2)
    return FocalPointClaim(
        office=office_named(entry["office"]),
        person=person,
        state=ClaimState.CONFIRMED,
        name=entry["name"],
        address=address_of(person),
        function=entry["function"],
        message=entry["message"],
        asked_at=asked_at,
        confirmed_at=asked_at + timedelta(hours=1),
    )
