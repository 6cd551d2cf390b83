"""Whom to write to at an office, and about what; apart from accounts, because a contact need not sign in."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from trainapp.core.audit import record_act
from trainapp.core.database import db
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.languages import LANGUAGES, lazy
from trainapp.offices.locks import lock_office
from trainapp.offices.models import Office, OfficeContact

MOST_CONTACTS = 50


@dataclass(frozen=True)
class ContactDetails:
    """What is known of a contact: an address or a telephone number at least. `language` is what they like to read."""

    name: str
    function: str = ""
    address: str = ""
    phone: str = ""
    language: str | None = None
    about: str = ""


def contacts_of(office: Office) -> list[OfficeContact]:
    """The contacts of an office, by name."""
    return list(
        db.session.scalars(
            select(OfficeContact)
            .where(OfficeContact.office_id == office.id)
            .order_by(OfficeContact.name, OfficeContact.id)
        )
    )


def contact_of(office: Office, public_id: str) -> OfficeContact:
    """A contact of this office. Raises `NotFound`, also for one of another office."""
    contact = db.session.scalar(
        select(OfficeContact)
        .where(OfficeContact.office_id == office.id, OfficeContact.public_id == public_id)
        .execution_options(populate_existing=True)
    )
    if contact is None:
        raise NotFound()
    return contact


def add_contact(actor_id: int, office: Office, details: ContactDetails) -> OfficeContact:
    """Add a contact. Raises `DomainError` for what cannot be, and where the list is full."""
    _check(details)
    lock_office(office.id)
    count = db.session.scalar(select(func.count()).where(OfficeContact.office_id == office.id)) or 0
    if count >= MOST_CONTACTS:
        raise DomainError(lazy("An office has at most %(most)s contacts here. Remove one first.", most=MOST_CONTACTS))
    contact = OfficeContact(office_id=office.id, **asdict(details))
    db.session.add(contact)
    db.session.flush()
    record_act(actor_id, "contact added", _record(contact), after=asdict(details))
    return contact


def change_contact(actor_id: int, office: Office, public_id: str, details: ContactDetails) -> OfficeContact:
    """Set what is known of a contact. Raises `NotFound` for one removed meanwhile."""
    _check(details)
    lock_office(office.id)
    contact = contact_of(office, public_id)
    before, after = asdict(_details_of(contact)), asdict(details)
    changed = [name for name in after if before[name] != after[name]]
    for name in changed:
        setattr(contact, name, after[name])
    if changed:
        record_act(actor_id, "contact changed", _record(contact), _only(before, changed), _only(after, changed))
    return contact


def remove_contact(actor_id: int, office: Office, public_id: str) -> None:
    """Take a contact off the list. Raises `NotFound` for one removed meanwhile."""
    lock_office(office.id)
    contact = contact_of(office, public_id)
    record_act(actor_id, "contact removed", _record(contact), before=asdict(_details_of(contact)))
    db.session.delete(contact)
    db.session.flush()


def _check(details: ContactDetails) -> None:
    if not details.address and not details.phone:
        raise DomainError(lazy("Please give an e-mail address or a telephone number."), "address")
    if details.language is not None and details.language not in LANGUAGES:
        raise DomainError(lazy("There is no such language here."), "spoken")


def _details_of(contact: OfficeContact) -> ContactDetails:
    return ContactDetails(
        contact.name, contact.function, contact.address, contact.phone, contact.language, contact.about
    )


def _record(contact: OfficeContact) -> str:
    return f"office_contact:{contact.id}"


def _only(values: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: values[name] for name in names}
