"""The pages on which an office says when it works and whom to write to."""

from datetime import UTC, datetime, time

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World, office_of
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clashes import ClashKind
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.clashes import office_clashes
from trainapp.offices.contacts import contacts_of
from trainapp.offices.models import Office
from trainapp.offices.working_week import mark_of, weekend_said

SETTINGS, CONTACTS = "/en/offices/KE/settings", "/en/offices/KE/contacts"
THURSDAY_MORNING = (datetime(2027, 3, 4, 5, 0, tzinfo=UTC), datetime(2027, 3, 4, 6, 0, tzinfo=UTC))


@pytest.fixture
def olu(world: World, client: CheckingClient) -> str:
    """A focal point of KE who is signed in."""
    olu = world.person("Olu Own", role=Role.FOCAL_POINT, office="KE", zone="Africa/Nairobi")
    client.sign_in(olu)
    return olu


@pytest.fixture
def cora(world: World) -> str:
    return world.person("Cora Coordinates", role=Role.COORDINATOR)


def kenya(app: Flask) -> Office:
    with app.app_context():
        office = office_of("KE")
        db.session.expunge(office)
        return office


def week(app: Flask, **changes: object) -> dict[str, object]:
    return {
        "weekend": ["4", "5"],
        "work_start": "08:30",
        "work_end": "15:00",
        "zone": "Africa/Nairobi",
        "seen": mark_of(kenya(app)),
        **changes,
    }


def clashes(app: Flask) -> set[ClashKind]:
    with app.app_context():
        return {clash.kind for clash in office_clashes(office_of("KE"), THURSDAY_MORNING)}


def test_a_focal_point_says_when_the_office_works(app: Flask, client: CheckingClient, olu: str) -> None:
    assert clashes(app) == {ClashKind.OFFICE_HOURS}
    page = client.get(SETTINGS).get_data(as_text=True)
    assert "the office has not confirmed it" in page
    assert 'name="domains"' not in page
    assert client.submit(SETTINGS, week(app, domains="office.example.org")).location == "/en/offices/KE"
    office = kenya(app)
    assert (office.weekend, office.work_start, office.work_end) == ([4, 5], time(8, 30), time(15))
    assert office.email_domains == []  # a coordinator's to say
    assert clashes(app) == {ClashKind.OFFICE_WEEKEND, ClashKind.OFFICE_HOURS}
    with app.app_context():
        assert weekend_said(office_of("KE")).startswith("Said by the office on")
        [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "office changed"))
        assert event.before["weekend"] == [6, 7]
        assert event.after == {
            "weekend": [4, 5],
            "work_start": "08:30:00",
            "work_end": "15:00:00",
            "weekend_source": f"office {today().isoformat()}",
        }
    client.submit(SETTINGS, week(app, weekend=["6", "7"], work_start="08:00"))
    assert clashes(app) == set()


def test_a_coordinator_also_says_the_domains(app: Flask, client: CheckingClient, cora: str) -> None:
    client.sign_in(cora)
    assert 'name="domains"' in client.get(SETTINGS).get_data(as_text=True)
    client.submit(SETTINGS, week(app, domains="@ip-office.example.org\nmail.ip-office.example.org"))
    assert kenya(app).email_domains == ["ip-office.example.org", "mail.ip-office.example.org"]
    with app.app_context():
        assert weekend_said(office_of("KE")).startswith("Entered by the secretariat on")
    refused = client.submit(SETTINGS, week(app, domains="gmail.com"))
    assert refused.status_code == 422
    assert "gmail.com</textarea>" in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    "change",
    [
        {"weekend": ["1", "2", "3", "4", "5", "6", "7"]},
        {"weekend": []},
        {"weekend": ["8"]},
        {"weekend": ["x"]},
        {"weekend": ["a\x00b"]},
        {"weekend": ["9" * 5000]},
        {"work_start": "15:00"},
        {"work_end": "00:00"},
        {"work_start": "25:00"},
        {"work_start": ""},
        {"work_end": "a\x00b"},
        {"zone": "Mars/Olympus"},
        {"zone": ""},
    ],
)
def test_what_cannot_be_is_refused_in_words(
    app: Flask, client: CheckingClient, olu: str, change: dict[str, object]
) -> None:
    response = client.submit(SETTINGS, week(app, **change))
    assert response.status_code == 422
    assert 'role="alert"' in response.get_data(as_text=True)
    assert kenya(app).weekend == [6, 7]


def test_who_was_slower_sees_what_stands_and_loses_nothing(app: Flask, client: CheckingClient, olu: str) -> None:
    late = week(app, work_start="07:15")
    with app.app_context(), unit_of_work():
        office_of("KE").work_start = time(10)
    response = client.submit(SETTINGS, late)
    assert response.status_code == 409
    page = response.get_data(as_text=True)
    assert 'value="07:15"' in page
    assert "10:00" in page
    assert kenya(app).work_start == time(10)
    assert client.submit(SETTINGS, {**late, "seen": mark_of(kenya(app))}).status_code == 302
    assert kenya(app).work_start == time(7, 15)


def test_the_list_of_contacts(app: Flask, client: CheckingClient, olu: str) -> None:
    assert "No contacts yet" in client.get(CONTACTS).get_data(as_text=True)
    contact = {
        "name": "Ana Contact",
        "function": "Head",
        "address": "ana&co@example.org",
        "phone": "+254 (20) 600-1",
        "spoken": "pt",
        "about": "Nice",
    }
    assert client.submit(f"{CONTACTS}/new", contact).location == CONTACTS
    page = client.get(CONTACTS).get_data(as_text=True)
    for text in ("Ana Contact", "ana&amp;co@example.org", "+254 (20) 600-1", "Portuguese", "Nice"):
        assert text in page
    assert "mailto:ana%26co@example.org" in page
    with app.app_context():
        [stored] = contacts_of(office_of("KE"))
        public_id = stored.public_id
    assert 'value="Ana Contact"' in client.get(f"{CONTACTS}/{public_id}").get_data(as_text=True)
    client.submit(f"{CONTACTS}/{public_id}", {**contact, "name": "Ana Changed", "spoken": ""})
    assert "Ana Changed" in client.get(CONTACTS).get_data(as_text=True)
    assert client.submit(f"{CONTACTS}/{public_id}/remove").location == CONTACTS
    assert client.submit(f"{CONTACTS}/{public_id}/remove").status_code == 404
    assert client.get(f"{CONTACTS}/{public_id}").status_code == 404
    with app.app_context():
        actions = list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert actions == ["contact added", "contact changed", "contact removed"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"address": "", "phone": ""},
        {"address": "nobody"},
        {"phone": "call me"},
        {"phone": "1" * 65},
        {"spoken": "xx"},
        {"about": "two\nlines"},
    ],
)
def test_a_contact_that_is_not_right_is_shown_again(
    app: Flask, client: CheckingClient, olu: str, change: dict[str, str]
) -> None:
    typed = {"name": "Ana Contact", "address": "ana@example.org", "function": "Kept", **change}
    response = client.submit(f"{CONTACTS}/new", typed)
    assert response.status_code == 422
    assert 'value="Kept"' in response.get_data(as_text=True)
    with app.app_context():
        assert contacts_of(office_of("KE")) == []


def test_another_office_sees_and_changes_nothing(app: Flask, client: CheckingClient, world: World, cora: str) -> None:
    public_id = world.contact("KE")
    client.sign_in(world.person("Ola Other", role=Role.FOCAL_POINT, office="BR"))
    for path in (SETTINGS, CONTACTS, f"{CONTACTS}/new", f"{CONTACTS}/{public_id}", "/en/offices/QQ/contacts"):
        assert client.get(path).status_code == 404, path
    typed = {"name": "Ana Contact", "address": "ana@example.org"}
    for path in (f"{CONTACTS}/new", f"{CONTACTS}/{public_id}", f"{CONTACTS}/{public_id}/remove"):
        assert client.submit(path, typed).status_code == 404, path
        # Nor by way of the own office.
        assert client.submit(path.replace("/KE/", "/BR/"), typed).status_code in (302, 404), path
    assert client.submit(SETTINGS, week(app)).status_code == 404
    with app.app_context():
        [contact] = contacts_of(office_of("KE"))
        assert contact.name == "Contact Example"
    client.sign_in(world.person("Tom Teaches", role=Role.TRAINER))
    assert client.get(CONTACTS).status_code == 403


def test_no_address_of_a_contact_is_on_a_public_page(client: CheckingClient, world: World) -> None:
    world.contact("KE")
    for path in ("/en/", "/en/focal-points/ask?office=KE", "/en/sign-in"):
        assert "contact@example.org" not in client.get(path).get_data(as_text=True)
