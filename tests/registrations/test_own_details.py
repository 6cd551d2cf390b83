"""One's own registration by its link: what its page says, its details, and another address."""

import re
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.own_pages import address_link, calendar_of, html_of, text_of
from tests.support.world import World, person_of
from trainapp.accounts.links import address_of, find_link, issue_link
from trainapp.accounts.models import EmailAddress
from trainapp.accounts.queries import person_by_address
from trainapp.calendar.check import Shape, problems
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.own_address import change_address
from trainapp.registrations.service import MAILS_PER_ADDRESS
from trainapp.scheduling.models import RegistrationPolicy, SessionState
from trainapp.scheduling.queries import session_by_code

FORM = {
    "name": "Amina Example",
    "email": "amina@example.org",
    "office": "EG",
    "language_of_mails": "ar",
    "zone": "Africa/Cairo",
}
DETAILS = {name: value for name, value in FORM.items() if name != "email"}
JOIN = "https://meet.example.org/room"


def registered(client: CheckingClient, world: World, code: str, **changes: str) -> str:
    """Register by the page; gives the path of the page of the registration."""
    form = {**FORM, **changes}
    assert client.submit(f"/en/sessions/{code}/register", form).status_code == 302
    opening = [mail for mail in world.mails(form["email"]) if mail.kind == "registrations.registered"]
    return path_in(opening[-1], "registrations")


def path_in(mail: OutboxMail, kind: str) -> str:
    found = re.search(rf"http://127\.0\.0\.1:5000/\w\w(/{kind}/[\w-]+)\s", text_of(mail))
    assert found is not None
    return f"/en{found[1]}"


def told(mail: OutboxMail) -> tuple[str, str, str]:
    """METHOD, UID and SEQUENCE of a mail's calendar message."""
    text = calendar_of(mail)
    found = [re.search(rf"{name}:(.*?)\r?\n", text) for name in ("METHOD", "UID", "SEQUENCE")]
    assert all(found), text
    method, uid, sequence = (each[1].strip() for each in found if each)
    return method, uid, sequence


def attendee(mail: OutboxMail) -> str:
    found = re.search(r"ATTENDEE[^\r\n]*mailto:([^\r\n]*)", calendar_of(mail))
    assert found is not None
    return found[1]


def the_registration(app: Flask) -> Registration:
    found = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    assert found is not None
    return found


def test_another_language_and_zone_keep_the_entry_and_say_what_changed(
    client: CheckingClient, app: Flask, world: World
) -> None:
    path = registered(client, world, world.session(meetings=2))
    first, second = world.mails()
    page = client.get(f"{path}/details")
    assert 'value="Amina Example"' in page.text
    assert re.search(r'<option selected value="Africa/Cairo"', page.text)
    assert client.submit(f"{path}/details", DETAILS, follow_redirects=True).text.count("Nothing was changed.") == 1
    assert len(world.mails()) == 2
    changed = {**DETAILS, "name": "Amina Otieno", "language_of_mails": "fr", "zone": "Asia/Tokyo"}
    assert client.submit(f"{path}/details", changed).status_code == 302
    again, other = world.mails()[2:]
    # the mails of before had not left, so the first one is written anew and gives the seat
    assert told(again) == ("REQUEST", *told(first)[1:])
    assert told(other) == ("REQUEST", *told(second)[1:])
    assert {again.language, other.language} == {"fr"}
    assert "LANGUAGE=fr" in calendar_of(again)
    assert "Tokyo" in text_of(again)
    with app.app_context():
        registration = the_registration(app)
        assert (registration.name, registration.language, registration.zone) == ("Amina Otieno", "fr", "Asia/Tokyo")
        assert registration.person.name == "Amina Example", "the link of one registration changes that one"


def test_the_mail_about_details_says_what_changed_in_the_new_language(
    client: CheckingClient, app: Flask, world: World
) -> None:
    registered(client, world, world.session())
    with app.app_context(), unit_of_work():
        for mail in db.session.scalars(select(OutboxMail)):
            mail.state = MailState.SENT
        link = issue_link(the_registration(app).person, f"registration:{the_registration(app).id}")
    path = f"/en/registrations/{link}"
    changed = {**DETAILS, "office": "KE", "language_of_mails": "de"}
    assert client.submit(f"{path}/details", changed).status_code == 302
    mail = world.mails()[-1]
    assert (mail.kind, mail.language) == ("registrations.details", "de")
    assert told(mail)[0] == "REQUEST"
    for shown in (text_of(mail), html_of(mail)):
        assert "Kenia" in shown
        assert "Deutsch" in shown
        assert "Amina Example" in shown
    client.submit(f"{path}/details", {**changed, "name": "Amina Otieno"})
    mail = world.mails()[-1]
    assert "Amina Otieno" in text_of(mail)
    assert calendar_of(mail) == "", "nothing that a calendar shows has changed"


def test_a_seat_goes_to_no_office_whose_seats_are_taken(client: CheckingClient, app: Flask, world: World) -> None:
    code = world.session(seats_per_office=1)
    world.registration_link(code, world.person("Kofi Example", office="KE"))
    link = world.registration_link(code, world.person("Amina Example", office="EG"))
    refused = client.submit(f"/en/registrations/{link}/details", {**DETAILS, "office": "KE"})
    assert refused.status_code == 422
    assert "All seats that this IP office may have in this session are taken." in refused.text
    assert client.submit(f"/en/registrations/{link}/details", {**DETAILS, "office": "FR"}).status_code == 302
    assert [mail.kind for mail in world.mails()] == ["registrations.details"]


@pytest.mark.causes_mails
def test_what_may_not_be_changed(client: CheckingClient, app: Flask, world: World) -> None:
    nominator = world.person("Focal Example", role=Role.FOCAL_POINT, office="EG")
    someone = world.person("Amina Example")
    with app.app_context():
        nominator_id = person_of(nominator).id
    code = world.session()
    link = world.registration_link(code, someone, nominated_by_id=nominator_id)
    page = client.get(f"/en/registrations/{link}/details")
    assert 'name="office"' not in page.text, "who was named comes for the office that named them"
    assert client.submit(f"/en/registrations/{link}/details", {**DETAILS, "office": "KE"}).status_code == 302
    with app.app_context():
        assert the_registration(app).office is None
    bad = client.submit(f"/en/registrations/{link}/details", {**DETAILS, "name": "A\x00", "zone": "Mars/Phobos"})
    assert bad.status_code == 422
    over = world.registration_link(world.session("PAST", first_day=today() - timedelta(days=3)), someone)
    page = client.get(f"/en/registrations/{over}/details")
    assert 'name="zone"' not in page.text
    done = client.submit(f"/en/registrations/{over}/details", {"name": "Amina Otieno", "zone": "Asia/Tokyo"})
    assert done.status_code == 302
    with app.app_context():
        past = db.session.scalars(
            select(Registration).where(Registration.session_id == session_by_code("PAST").id)
        ).one()
        assert (past.name, past.zone) == ("Amina Otieno", "Europe/Zurich"), "a certificate may need the right name"
    left = world.registration_link(world.session("LEFT"), someone, state=RegistrationState.CANCELLED)
    assert client.submit(f"/en/registrations/{left}/details", DETAILS).status_code == 422


def test_the_page_in_every_state(client: CheckingClient, app: Flask, world: World) -> None:
    nominator = world.person("Focal Example", role=Role.FOCAL_POINT, office="EG")
    with app.app_context():
        nominator_id = person_of(nominator).id
    states = RegistrationState
    cases = {
        "PENDING": ({}, {"state": states.PENDING, "confirmed_at": None}, ["Confirm my seat", JOIN, "/calendar.ics"]),
        "CONFIRMED": ({"meetings": 2}, {}, ["You have a seat", JOIN, "/meetings/2.ics", "Cancel my registration"]),
        "WAITS": ({}, {"state": states.WAITLISTED, "confirmed_at": None}, ["You are number 1", "Confirm my place"]),
        "APPLIED": ({}, {"state": states.APPLIED, "confirmed_at": None}, ["waits for a decision", "Confirm my appl"]),
        "GONE": ({}, {"state": states.CANCELLED}, ["not registered any more", "Register again"]),
        "REFUSED": (
            {},
            {"state": states.DECLINED, "decided_by_id": nominator_id, "reason": "The room is small."},
            ["not registered any more", "The room is small.", "by yourself"],
        ),
        "NAMED": ({}, {"nominated_by_id": nominator_id}, ["Named by", "Egypt", "Decline", "Send somebody else"]),
        "OFF": ({"state": SessionState.CANCELLED}, {}, ["This session is cancelled"]),
        "OVER": ({"first_day": today() - timedelta(days=3)}, {}, ["This session is over.", "Change my name"]),
    }
    for number, (code, (of_session, of_registration, wanted)) in enumerate(cases.items()):
        link = world.registration_link(
            world.session(code, **of_session), world.person(f"Person {number}"), **of_registration
        )
        page = client.get(f"/en/registrations/{link}").text
        assert [words for words in wanted if words not in page] == [], code
        assert (JOIN in page) == (of_registration.get("state", states.CONFIRMED) in (states.PENDING, states.CONFIRMED))
        assert ("Cancel my registration" in page) == (code in ("PENDING", "CONFIRMED", "WAITS", "APPLIED"))
        file = client.get(f"/en/registrations/{link}/meetings/2.ics")
        assert file.status_code == (200 if code == "CONFIRMED" else 404)
        if code == "CONFIRMED":
            assert problems(file.data, Shape.DOWNLOAD) == []
            assert file.data.count(b"BEGIN:VEVENT") == 1


def test_who_was_named_declines_with_a_reason_or_sends_somebody_else(
    client: CheckingClient, app: Flask, world: World
) -> None:
    code = world.session(policy=RegistrationPolicy.NOMINATION, offices={"EG": "beneficiary"}, capacity=1)
    with app.app_context():
        nominator_id = person_of(world.person("Focal Example", role=Role.FOCAL_POINT, office="EG")).id
    someone = world.person("Amina Example", email="amina@example.org")
    path = f"/en/registrations/{world.registration_link(code, someone, nominated_by_id=nominator_id)}"
    assert client.submit(f"{path}/decline", {"reason": "x" * 2000}).status_code == 422
    stranger = client.submit(f"{path}/substitute", {**FORM, "email": "not an address", "name": "Omar Example"})
    assert stranger.status_code == 422
    assert "Omar Example" in stranger.text
    own = client.submit(f"{path}/substitute", FORM)
    assert (own.status_code, "to be replaced" in own.text) == (422, True)
    sent = client.submit(f"{path}/substitute", {**FORM, "email": "omar@example.org", "name": "Omar Example"})
    assert sent.status_code == 302
    [mail] = world.mails("omar@example.org")
    page = client.get(path_in(mail, "registrations")).text
    assert "In place of" in page
    assert "Amina Example" in page
    assert client.submit(f"{path_in(mail, 'registrations')}/decline", {"reason": "I am away."}).status_code == 302
    assert "I am away." in text_of(world.mails("focal.example@example.org")[-1])
    assert "You have declined" in client.get(path_in(mail, "registrations")).text
    world.mails()


def test_another_address_takes_the_invitations_with_it(client: CheckingClient, app: Flask, world: World) -> None:
    someone = world.person("Amina Example", email="amina@example.org")
    codes = [world.session("A-1", meetings=2), world.session("B-1")]
    paths = [registered(client, world, code) for code in codes]
    waiting = world.registration_link(world.session("C-1"), someone, state=RegistrationState.WAITLISTED)
    before = {told(mail)[1]: told(mail) for mail in world.mails()}
    assert len(before) == 3
    asked = client.submit(f"{paths[0]}/address", {"email": "amina.new@example.org"}, follow_redirects=True)
    assert "on its way" in asked.text
    [link_mail] = world.mails("amina.new@example.org")
    path = path_in(link_mail, "address")
    assert "amina.new@example.org" in client.get(path).text
    with app.app_context():
        assert address_of(person_of(someone)) == "amina@example.org", "opening a link does nothing"
    done = client.submit(path, follow_redirects=True)
    assert "go to this address now" in done.text
    assert client.submit(path).status_code == 302, "once more is the same"
    to_old = world.mails("amina@example.org")[len(before) :]
    to_new = world.mails("amina.new@example.org")[1:]
    assert [mail.kind for mail in to_old] == [
        "registrations.address_left",
        "registrations.address_taken_back",
        "registrations.meeting",
        "registrations.address_taken_back",
    ]
    assert len(to_new) == 4, "two meetings, one more, and the place on the waiting list"
    assert "/registrations/" not in text_of(to_old[1])
    for mail in to_old[1:]:
        method, uid, sequence = told(mail)
        assert (method, int(sequence)) == ("CANCEL", int(before[uid][2]) + 1)
        assert attendee(mail) == "amina@example.org"
    coming = [mail for mail in to_new if calendar_of(mail)]
    assert {told(mail)[1] for mail in coming} == set(before)
    for mail in coming:
        method, uid, sequence = told(mail)
        assert (method, int(sequence)) == ("REQUEST", int(before[uid][2]) + 2)
        assert attendee(mail) == "amina.new@example.org"
    with app.app_context():
        person = person_of(someone)
        assert address_of(person) == "amina.new@example.org"
        assert person_by_address("amina@example.org") is person, "the old one stays theirs"
        superseded = [mail.kind for mail in world.mails("amina@example.org") if mail.state.value == "superseded"]
    assert set(superseded) <= {"registrations.registered", "registrations.link_again", "registrations.meeting"}
    for link in (paths[0], f"/en/registrations/{waiting}"):
        assert client.get(link).status_code == 410, "who reads the old mailbox has no power any more"
    new_links = [path_in(mail, "registrations") for mail in to_new if "/registrations/" in text_of(mail)]
    assert len(new_links) == len(codes) + 1
    assert {client.get(link).status_code for link in new_links} == {200}
    world.mails()


def test_an_address_of_somebody_else_is_answered_alike_and_its_owner_told(
    client: CheckingClient, app: Flask, world: World
) -> None:
    world.person("Other Example", email="other@example.org", language="fr")
    someone = world.person("Amina Example", email="amina@example.org")
    link = world.registration_link(world.session(), someone)
    answers = [
        client.submit(f"/en/registrations/{link}/address", {"email": email})
        for email in ("other@example.org", "free@example.org")
    ]
    assert len({(answer.status_code, answer.location) for answer in answers}) == 1
    [to_owner] = world.mails("other@example.org")
    assert to_owner.language == "fr"
    assert "/address/" not in text_of(to_owner)
    [to_free] = world.mails("free@example.org")
    path = path_in(to_free, "address")
    client.submit(f"/en/registrations/{link}/address", {"email": "free2@example.org"})
    assert client.get(path).status_code == 410, "the address wanted last is the one"
    path = path_in(world.mails("free2@example.org")[0], "address")
    world.person("Faster Example", email="free2@example.org")
    taken = client.submit(path)
    assert (taken.status_code, "belongs to somebody already" in taken.text) == (422, True)
    assert client.submit(f"/en/registrations/{link}/address", {"email": "no address"}).status_code == 422
    for _time in range(MAILS_PER_ADDRESS):
        client.submit(f"/en/registrations/{link}/address", {"email": "flooded@example.org"})
    assert len(world.mails("flooded@example.org")) < MAILS_PER_ADDRESS
    with app.app_context():
        assert address_of(person_of(someone)) == "amina@example.org"


def test_a_new_address_proves_a_seat_and_its_link_ends_after_a_week(
    client: CheckingClient, app: Flask, world: World
) -> None:
    path = registered(client, world, world.session(capacity=3))
    client.submit(f"{path}/address", {"email": "Amina.New@Example.org"})
    new_path = path_in(world.mails("Amina.New@Example.org")[0], "address")
    client.submit(new_path)
    with app.app_context():
        registration = the_registration(app)
        assert registration.state is RegistrationState.CONFIRMED
        [old, new] = registration.person.addresses
        assert (old.confirmed_at, new.normalized) == (None, "amina.new@example.org"), "the old one is not proven by it"
    back = address_link(world, registration_person(app), "amina@example.org")
    with app.app_context(), unit_of_work():
        find_link(back, "address").expires_at = now() - timedelta(seconds=1)
    assert client.submit(f"/en/address/{back}").status_code == 410
    client.submit(f"/en/address/{address_link(world, registration_person(app), 'amina@example.org')}")
    with app.app_context():
        assert address_of(the_registration(app).person) == "amina@example.org", "the one chosen last, and no second row"
        assert len(db.session.scalars(select(EmailAddress)).all()) == 2
    world.mails()


def test_a_link_pressed_several_times_at_once_takes_the_address_once(
    client: CheckingClient, app: Flask, world: World
) -> None:
    registered(client, world, world.session())
    token = address_link(world, registration_person(app))
    start = threading.Barrier(3)

    def press() -> None:
        with app.app_context(), suppress(DomainError), unit_of_work():
            start.wait(timeout=20)
            change_address(token)

    threads = [threading.Thread(target=press) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [told(mail)[::2] for mail in world.mails("new@example.org")] == [("REQUEST", "2")]
    assert [mail.kind for mail in world.mails("amina@example.org")][1:] == [
        "registrations.address_left",
        "registrations.address_taken_back",
    ]


def registration_person(app: Flask) -> str:
    with app.app_context():
        return the_registration(app).person.public_id


def test_who_has_a_role_changes_the_address_signed_in(client: CheckingClient, app: Flask, world: World) -> None:
    """Else the link of a registration, passed on, would open all that the role opens."""
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    link = world.registration_link(world.session(), trainer)
    assert "sign in first" in client.get(f"/en/registrations/{link}/address").text
    assert client.submit(f"/en/registrations/{link}/address", {"email": "evil@example.org"}).status_code == 422
    token = address_link(world, trainer)
    assert "sign in first" in client.get(f"/en/address/{token}").text
    assert client.submit(f"/en/address/{token}").status_code == 422
    assert world.mails() == []
    client.sign_in(trainer)
    assert client.submit(f"/en/address/{token}").status_code == 302
    with app.app_context():
        assert address_of(person_of(trainer)) == "new@example.org"
    world.mails()


def test_the_form_remembers_what_was_said_the_last_time(client: CheckingClient, app: Flask, world: World) -> None:
    world.person("Known Example", email="known@example.org")
    registered(client, world, world.session("A-1"))
    world.session("B-1")
    page = client.get("/en/sessions/B-1/register").text
    for words in ('value="Amina Example"', 'value="amina@example.org"', '<option selected value="EG"'):
        assert words in page, "as typed in this browser"
    elsewhere = app.test_client().get("/en/sessions/B-1/register").get_data(as_text=True)
    assert "Amina" not in elsewhere
    someone = world.person("Omar Example", email="omar@example.org", language="fr")
    world.registration_link("A-1", someone, name="Omar H. Example", language="es", zone="Asia/Tokyo")
    client.sign_in(someone)
    page = client.get("/en/sessions/B-1/register").text
    assert 'value="Omar H. Example"' in page, "from the last registration of who is signed in"
    assert '<option selected value="es"' in page
    assert '<option selected value="Asia/Tokyo"' in page
    assert "amina@example.org" not in page
