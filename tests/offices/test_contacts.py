"""The contacts of an office and the domains of its addresses, as rules."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.world import World, office_of, person_of
from trainapp.core.audit import AuditEvent
from trainapp.core.database import db
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices import contacts
from trainapp.offices.contacts import ContactDetails
from trainapp.offices.domains import domain_of, domains_in, is_free_mail, is_within

DETAILS = ContactDetails("Ana Contact", "Head", "ana@example.org", "+254 20 600", "pt", "Classifications")


def add(app: Flask, actor: str, details: ContactDetails = DETAILS, office: str = "KE") -> str:
    with app.app_context(), unit_of_work():
        return contacts.add_contact(person_of(actor).id, office_of(office), details).public_id


def acts(app: Flask) -> list[tuple[str, dict[str, object], dict[str, object]]]:
    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [(event.action, event.before, event.after) for event in events]


def test_adding_changing_and_removing_is_on_record(app: Flask, world: World) -> None:
    actor = world.person("Olu Own")
    public_id = add(app, actor)
    with app.app_context(), unit_of_work():
        changed = replace(DETAILS, phone="", language=None)
        contacts.change_contact(person_of(actor).id, office_of("KE"), public_id, changed)
    with app.app_context(), unit_of_work():
        contacts.remove_contact(person_of(actor).id, office_of("KE"), public_id)
    added, change, removed = acts(app)
    assert added[0] == "contact added"
    assert change == (
        "contact changed",
        {"phone": "+254 20 600", "language": "pt"},
        {"phone": "", "language": None},
    )
    assert removed[0] == "contact removed"
    assert removed[1]["name"] == "Ana Contact"
    with app.app_context():
        assert contacts.contacts_of(office_of("KE")) == []


def test_saving_without_a_change_is_not_an_act(app: Flask, world: World) -> None:
    actor = world.person("Olu Own")
    public_id = add(app, actor)
    with app.app_context(), unit_of_work():
        contacts.change_contact(person_of(actor).id, office_of("KE"), public_id, DETAILS)
    assert len(acts(app)) == 1


def test_a_contact_needs_an_address_or_a_telephone(app: Flask, world: World) -> None:
    actor = world.person("Olu Own")
    with pytest.raises(DomainError) as refused:
        add(app, actor, ContactDetails("Ana Contact"))
    assert refused.value.field == "address"
    with pytest.raises(DomainError):
        add(app, actor, replace(DETAILS, language="xx"))
    assert add(app, actor, ContactDetails("Ana Contact", phone="+254 20 600"))


def test_a_contact_of_another_office_is_not_found(app: Flask, world: World) -> None:
    actor = world.person("Olu Own")
    public_id = add(app, actor)
    with app.app_context(), unit_of_work():
        other, number = office_of("BR"), person_of(actor).id
        with pytest.raises(NotFound):
            contacts.contact_of(other, public_id)
        with pytest.raises(NotFound):
            contacts.change_contact(number, other, public_id, DETAILS)
        with pytest.raises(NotFound):
            contacts.remove_contact(number, other, public_id)


def test_the_list_has_an_end_and_stands_by_name(app: Flask, world: World) -> None:
    actor = world.person("Olu Own")
    for number in range(contacts.MOST_CONTACTS, 0, -1):
        add(app, actor, replace(DETAILS, name=f"Contact {number:02d}"))
    with pytest.raises(DomainError):
        add(app, actor)
    add(app, actor, office="BR")
    with app.app_context():
        names = [contact.name for contact in contacts.contacts_of(office_of("KE"))]
    assert names == [f"Contact {number:02d}" for number in range(1, contacts.MOST_CONTACTS + 1)]


def test_domains_as_people_write_them() -> None:
    assert domain_of("Ana@Bücher.Example.org") == "xn--bcher-kva.example.org"
    written = " @Office.Example.org, mail.office.example.org;\nbücher.example.org. office.example.org"
    assert domains_in(written) == ["office.example.org", "mail.office.example.org", "xn--bcher-kva.example.org"]
    assert domains_in("") == []


@pytest.mark.parametrize(
    "written",
    ["office", "-a.example.org", "a..b", "a_b.example.org", "ana@office.example.org", "x" * 64 + ".org", "💥.org "],
)
def test_what_is_no_domain_is_refused(context: None, written: str) -> None:
    with pytest.raises(DomainError) as refused:
        domains_in(written, "domains")
    assert refused.value.field == "domains"


def test_domains_open_to_everybody_are_no_office_s(context: None) -> None:
    with pytest.raises(DomainError):
        domains_in("gmail.com")
    assert is_free_mail("eu.yahoo.com")
    assert not is_free_mail("notgmail.com")


def test_too_many_domains_are_refused(context: None) -> None:
    with pytest.raises(DomainError):
        domains_in(" ".join(f"d{number}.example.org" for number in range(21)))


def test_a_domain_below_another() -> None:
    assert is_within("mail.office.example", ["office.example"])
    assert is_within("office.example", ["office.example"])
    assert not is_within("badoffice.example", ["office.example"])
    assert not is_within("example", ["office.example"])
