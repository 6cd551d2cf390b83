"""Registering without an account, by the page and the mail."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.models import Person
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.mail.models import OutboxMail
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.scheduling.models import RegistrationPolicy

FORM = {
    "name": "Amina Example",
    "email": "amina@example.org",
    "office": "EG",
    "language_of_mails": "ar",
    "zone": "Africa/Cairo",
}


def parsed(mail: OutboxMail) -> EmailMessage:
    assert mail.content is not None
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(mail: OutboxMail) -> str:
    part = parsed(mail).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def calendar_of(mail: OutboxMail) -> str:
    parts = [part for part in parsed(mail).walk() if part.get_content_type() == "text/calendar"]
    assert len(parts) == 1
    return str(parts[0].get_content())


def manage_path(mail: OutboxMail) -> str:
    found = re.search(r"http://127\.0\.0\.1:5000(/\w\w/registrations/[\w-]+)\s", text_of(mail))
    assert found is not None
    return found[1]


def states(world: World) -> list[RegistrationState]:
    with world.app.app_context():
        return list(db.session.scalars(select(Registration.state).order_by(Registration.place)))


def test_a_visitor_registers_and_gets_a_mail_in_her_language(client: CheckingClient, world: World) -> None:
    code = world.session()
    response = client.submit(f"/en/sessions/{code}/register", FORM)
    assert response.status_code == 302
    assert client.get(response.location).status_code == 200
    [mail] = world.mails("amina@example.org")
    message = parsed(mail)
    assert mail.language == "ar"
    assert message["Content-Language"] == "ar"
    html = message.get_body(("html",))
    assert html is not None
    assert 'dir="rtl"' in html.get_content()
    assert "القاهرة" in text_of(mail), "her own zone, named in Arabic"
    assert "زيورخ" in text_of(mail), "the zone of the session"
    assert "https://meet.example.org/room" in text_of(mail)
    calendar = calendar_of(mail)
    assert "METHOD:REQUEST" in calendar
    assert "ATTENDEE" in calendar
    assert calendar.count("BEGIN:VEVENT") == 1


def test_one_mail_for_each_meeting(client: CheckingClient, world: World) -> None:
    code = world.session(meetings=3)
    client.submit(f"/en/sessions/{code}/register", FORM)
    mails = world.mails("amina@example.org")
    assert len(mails) == 3
    uids = {re.search(r"UID:(\S+)", calendar_of(mail))[1] for mail in mails}  # type: ignore[index]
    assert len(uids) == 3


def test_many_meetings_come_as_one_mail_with_a_file(client: CheckingClient, world: World) -> None:
    code = world.session(meetings=6)
    client.submit(f"/en/sessions/{code}/register", FORM)
    [mail] = world.mails("amina@example.org")
    assert "text/calendar" not in {part.get_content_type() for part in parsed(mail).walk()}
    path = f"{manage_path(mail)}/calendar.ics"
    assert path in text_of(mail)
    assert client.get(path).get_data(as_text=True).count("BEGIN:VEVENT") == 6


def test_the_mailed_link_confirms_the_seat_only_when_pressed(client: CheckingClient, world: World) -> None:
    code = world.session(capacity=10)
    client.submit(f"/en/sessions/{code}/register", FORM)
    path = manage_path(world.mails()[0])
    assert client.get(path).status_code == 200
    assert states(world) == [RegistrationState.PENDING], "mail scanners open links"
    assert client.submit(f"{path}/confirm").status_code == 302
    assert states(world) == [RegistrationState.CONFIRMED]


def test_leaving_takes_the_meetings_back_and_returning_brings_them_again(client: CheckingClient, world: World) -> None:
    code = world.session(meetings=2)
    client.submit(f"/en/sessions/{code}/register", FORM)
    path = manage_path(world.mails()[0])
    client.submit(f"{path}/cancel")
    assert states(world) == [RegistrationState.CANCELLED]
    cancels = [calendar_of(mail) for mail in world.mails()[2:]]
    assert len(cancels) == 2
    assert all("METHOD:CANCEL" in text and "SEQUENCE:1" in text for text in cancels)
    client.submit(f"{path}/return")
    assert states(world) == [RegistrationState.CONFIRMED]
    again = [calendar_of(mail) for mail in world.mails()[4:]]
    assert all("METHOD:REQUEST" in text and "SEQUENCE:2" in text for text in again)
    assert len(again) == 2


def test_the_same_person_twice_is_one_registration_and_the_page_does_not_tell(
    client: CheckingClient, world: World
) -> None:
    code = world.session()
    first = client.submit(f"/en/sessions/{code}/register", FORM)
    second = client.submit(f"/en/sessions/{code}/register", {**FORM, "email": "AMINA@example.org", "name": "Other"})
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert len(states(world)) == 1
    with world.app.app_context():
        assert db.session.scalars(select(Registration.name)).one() == "Amina Example"
    assert len(world.mails("amina@example.org")) == 2, "the second mail brings the link again"


def test_a_known_address_changes_nothing_about_its_person(client: CheckingClient, world: World) -> None:
    world.person("Amina Example", language="fr", zone="Africa/Cairo", email="amina@example.org")
    code = world.session(capacity=5)
    client.submit(f"/en/sessions/{code}/register", {**FORM, "name": "Somebody Else"})
    assert states(world) == [RegistrationState.PENDING]
    with world.app.app_context():
        person = db.session.scalars(select(Registration)).one().person
        assert (person.name, person.language) == ("Amina Example", "fr")
    assert [mail.language for mail in world.mails()] == ["ar"], "as asked for this registration"


def test_who_is_signed_in_needs_no_confirmation(client: CheckingClient, world: World) -> None:
    client.sign_in(world.person("Amina Example", email="amina@example.org"))
    code = world.session(capacity=5)
    client.submit(f"/en/sessions/{code}/register", FORM)
    assert states(world) == [RegistrationState.CONFIRMED]
    assert len(world.mails()) == 1


def test_seats_run_out_and_the_next_moves_up(client: CheckingClient, world: World) -> None:
    code = world.session(capacity=1)
    for name in ("first", "second", "third"):
        client.submit(f"/en/sessions/{code}/register", {**FORM, "email": f"{name}@example.org"})
    assert states(world) == [
        RegistrationState.PENDING,
        RegistrationState.WAITLISTED,
        RegistrationState.WAITLISTED,
    ]
    client.submit(f"{manage_path(world.mails('first@example.org')[0])}/cancel")
    assert states(world) == [
        RegistrationState.CANCELLED,
        RegistrationState.PENDING,
        RegistrationState.WAITLISTED,
    ]
    seat = world.mails("second@example.org")[-1]
    assert "METHOD:REQUEST" in calendar_of(seat)
    assert "METHOD:CANCEL" in calendar_of(world.mails("first@example.org")[-1])
    [still_waiting] = world.mails("third@example.org")
    assert "METHOD" not in text_of(still_waiting)


def test_the_link_again_answers_everybody_alike(client: CheckingClient, world: World) -> None:
    code = world.session()
    client.submit(f"/en/sessions/{code}/register", FORM)
    answers = [
        client.submit(f"/ja/sessions/{code}/link-again", {"email": address})
        for address in ("amina@example.org", "stranger@example.org")
    ]
    assert {(answer.status_code, answer.location) for answer in answers} == {(302, f"/ja/sessions/{code}/link-sent")}
    assert client.get(answers[0].location).status_code == 200
    assert client.get(manage_path(world.mails("amina@example.org")[-1])).status_code == 200
    [to_stranger] = world.mails("stranger@example.org")
    assert to_stranger.language == "ja"
    assert "/registrations/" not in text_of(to_stranger)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "not an address"),
        ("email", "a@example.org\r\nBcc: b@example.org"),
        ("name", ""),
        ("name", "x" * 201),
        ("name", "A\x00B"),
        ("office", "ZZZ"),
        ("zone", "Mars/Phobos"),
        ("language_of_mails", "xx"),
    ],
)
def test_bad_input_is_told_and_kept(client: CheckingClient, world: World, field: str, value: str) -> None:
    code = world.session()
    response = client.submit(f"/en/sessions/{code}/register", {**FORM, field: value})
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "Amina Example" in page or field == "name"
    assert "amina@example.org" in page or field == "email"
    assert states(world) == []
    assert world.mails() == []


def test_a_closed_session_takes_nobody(client: CheckingClient, world: World) -> None:
    code = world.session(policy=RegistrationPolicy.CLOSED)
    assert client.get(f"/en/sessions/{code}/register").status_code == 200
    assert client.submit(f"/en/sessions/{code}/register", FORM).status_code == 422
    assert states(world) == []


def test_a_link_of_nobody_is_gone(client: CheckingClient, world: World) -> None:
    for path in ("/ar/registrations/nonsense", "/ko/registrations/nonsense/calendar.ics"):
        assert client.get(path).status_code == 410
    for step in ("confirm", "cancel", "return"):
        assert client.submit(f"/ar/registrations/nonsense/{step}").status_code == 410


def test_a_focal_point_names_people_for_a_session_of_the_office(client: CheckingClient, world: World) -> None:
    code = world.session(policy=RegistrationPolicy.NOMINATION, offices={"EG": "beneficiary"})
    assert client.submit(f"/en/sessions/{code}/register", FORM).status_code == 422, "a stranger"
    client.sign_in(world.person("Other Example", role=Role.FOCAL_POINT, office="KE"))
    assert client.submit(f"/en/sessions/{code}/register", FORM).status_code == 422, "another office"
    nominator = world.person("Focal Example", role=Role.FOCAL_POINT, office="EG")
    client.sign_in(nominator)
    assert client.get(f"/en/sessions/{code}/register").location == f"/en/sessions/{code}/nominations/add"
    assert client.submit(f"/en/sessions/{code}/nominations/add", FORM).status_code == 302
    assert states(world) == [RegistrationState.PENDING], "the person confirms for themselves"
    with world.app.app_context():
        found = db.session.scalars(select(Registration)).one()
        nominated_by = db.session.get(Person, found.nominated_by_id)
        assert nominated_by is not None
        assert nominated_by.public_id == nominator
    [mail] = world.mails("amina@example.org")
    assert "Focal Example" in text_of(mail)
    client.submit(f"{manage_path(mail)}/confirm")
    assert states(world) == [RegistrationState.CONFIRMED]


def test_the_link_to_join_is_for_those_who_have_a_seat(client: CheckingClient, world: World) -> None:
    code = world.session(capacity=1)
    for name in ("first", "second"):
        client.submit(f"/en/sessions/{code}/register", {**FORM, "email": f"{name}@example.org"})
    join_url = "https://meet.example.org/room"
    [seated], [waiting] = world.mails("first@example.org"), world.mails("second@example.org")
    assert join_url in text_of(seated)
    assert join_url not in text_of(waiting)
    assert join_url in client.get(manage_path(seated)).get_data(as_text=True)
    assert join_url not in client.get(manage_path(waiting)).get_data(as_text=True)
    assert client.get(f"{manage_path(seated)}/calendar.ics").status_code == 200
    assert client.get(f"{manage_path(waiting)}/calendar.ics").status_code == 404
    client.submit(f"{manage_path(seated)}/cancel")
    cancelled = world.mails("first@example.org")[-1]
    assert join_url not in text_of(cancelled)
    assert join_url.removeprefix("https://") not in calendar_of(cancelled).replace("\r\n ", "")
    assert join_url in text_of(world.mails("second@example.org")[-1]), "a seat has become free"
