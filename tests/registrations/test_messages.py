"""Writing to the people of a session: placeholders, what each language gets, and that those shown are written to."""

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from tests.support.client import CheckingClient
from tests.support.invited import write_all_mailings
from tests.support.people import form_on, ids_on, text_of
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import _, speaking
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.registrations.message_notices import render_message, sample_of
from trainapp.registrations.message_words import Message, Words, filled, wrong_placeholders
from trainapp.registrations.models import Mailing, Registration, RegistrationState

CODE = "2027-IPC-EN-05"
LIST = f"/en/sessions/{CODE}/people"
PAGE = f"{LIST}/message"
MAILING = f"/en/sessions/{CODE}/mailings"


def a_session(world: World, client: CheckingClient, **changes: object) -> None:
    trainer = world.person("Tom Teaches", role=Role.TRAINER)
    world.session(CODE, trainer=trainer, titles={"en": "Sorting", "fr": "Classer"}, **changes)
    client.sign_in(trainer)


def people(world: World, *languages: str, **changes: object) -> list[str]:
    """A person for each language; gives their addresses."""
    with world.app.app_context():
        first = len(list(db.session.scalars(select(Registration.id))))
    zones = {"ar": "Africa/Cairo", "ja": "Asia/Tokyo", "fr": "Europe/Paris"}
    found = []
    for number, language in enumerate(languages, first):
        name = f"Reader {number:02d}"
        person = world.person(name, language=language, zone=zones.get(language, "UTC"), office="KE")
        world.registration_link(CODE, person, **changes)
        found.append(f"reader.{number:02d}@example.org")
    return found


def written(world: World) -> list[OutboxMail]:
    """The mails, once the worker has written all there is."""
    write_all_mailings(world)
    return world.mails()


def text_in(mail: OutboxMail) -> str:
    return _body(mail, "plain").replace("\r\n", "\n")


def html_in(mail: OutboxMail) -> str:
    return _body(mail, "html")


def _body(mail: OutboxMail, kind: str) -> str:
    assert mail.content is not None
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def readers_on(client: CheckingClient) -> dict[str, int]:
    """How many readers of each language the preview shows."""
    assert client.tree is not None
    headings = [text_of(each) for each in client.tree.iter("h2") if (each.get("id") or "").startswith("group-")]
    return {name: int(count) for name, count in (re.findall(r"(.+): (\d+)", heading)[0] for heading in headings)}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Dear {name}, {title} is {when} at {where}. {link} {office}", []),
        ("{name.__class__}", ["{name.__class__}"]),
        ("{{7*7}} and {{7*7}}", ["{{7*7}}"]),
        ("{name!r} {0} {} {Name} { name }", ["{name!r}", "{0}", "{}", "{Name}", "{ name }"]),
        ("{{name}}", ["{{name}}"]),
        ("{% for x in y %}", ["{% for x in y %}"]),
        ("${name}", []),
        ("lost } and {name", ["}", "{name"]),
        ("{" + "x" * 99, ["{" + "x" * 39 + "…"]),
        ("{اسم}", ["{اسم}"]),
    ],
)
def test_braces_hold_a_placeholder_or_are_refused(text: str, wrong: list[str]) -> None:
    assert wrong_placeholders(text) == wrong


def test_what_is_filled_in_is_not_read_again() -> None:
    values = {"name": "{link} {{7*7}}", "link": "https://secret.example", "office": r"\g<0> \1"}
    assert filled("{name}/{office}/{when}", values) == r"{link} {{7*7}}/\g<0> \1/{when}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_of_anybody_is_run_or_breaks_a_header(subject: str, name: str) -> None:
    """Whatever stands in a text or a name, a text without braces stays as it is, and a placeholder is its value."""
    plain = subject.replace("{", "").replace("}", "")
    assert wrong_placeholders(plain) == []
    assert filled(plain, {"name": name}) == plain
    assert filled(f"{plain}{{name}}{plain}", {"name": name}) == f"{plain}{name}{plain}"


def test_each_reader_gets_words_they_read_and_times_of_their_zone(world: World, client: CheckingClient) -> None:
    a_session(world, client, meetings=2, zone="Europe/Zurich", capacity=20)
    addresses = people(world, "ar", "fr", "ja", "ar")
    client.get(PAGE)
    page = text_of(client.tree)
    assert "It goes to 4 people" in page
    assert "Arabic: 2 readers" in page
    form = form_on(client)
    assert {name for name in form if name.startswith("subject_")} == {
        f"subject_{code}" for code in ("ar", "fr", "ja", "en")
    }
    words = {
        "subject_en": "{name}: {title} on {when}",
        "body_en": "Dear {name} of {office},\r\n\r\nwe meet:\r\n{when}\r\n{where}\r\nYours: {link}\r\n\r\nSee you <b>",
        "subject_ar": "{title}",
        "body_ar": "عزيزي {name}\n{when}\n{link}",
    }
    client.post(PAGE, data={**form, **words, "do": "preview"})
    assert readers_on(client) == {"Arabic": 2, "French": 1, "Japanese": 1}
    page = text_of(client.tree)
    assert "1 person who reads French gets the text in English." in page
    assert "1 person who reads Japanese gets the text in English." in page
    with world.app.app_context(), speaking("fr"):
        assert _("(the reader's own link)") in page, "in the reader's language, as the rest of their mail"
    assert "/registrations/" not in page, "the link of a person is theirs alone"
    assert world.mails() == [], "nothing is written before it is sent"
    preview = form_on(client)
    answer = client.post(PAGE, data={**preview, "do": "send"})
    assert answer.status_code == 302
    mails = {mail.recipient: mail for mail in written(world)}
    assert sorted(mails) == sorted(addresses)
    assert {mail.kind for mail in mails.values()} == {"registrations.message"}
    assert [mails[each].language for each in addresses] == ["ar", "fr", "ja", "ar"]

    japanese, arabic = mails[addresses[2]], mails[addresses[0]]
    assert japanese.subject.startswith("Reader 02: Sorting on ")
    assert "Tokyo (UTC+9)" in japanese.subject, "in the reader's zone, in the language of the text"
    assert japanese.subject.count("Tokyo") == 1, "a subject names the next meeting alone"
    text = text_in(japanese)
    assert text.startswith("Dear Reader 02 of Kenya,\n\nwe meet:\n")
    assert text.count("Tokyo (UTC+9)") == 2
    assert "Online: https://meet.example.org/room" in text
    html = html_in(japanese)
    assert '<div lang="en" dir="ltr">' in html
    assert "See you &lt;b&gt;" in html
    assert 'href="https://meet.example.org/room"' in html
    assert "القاهرة" in text_in(arabic)
    assert '<div lang="ar" dir="rtl">' in html_in(arabic)
    assert "Classer" in text_in(mails[addresses[1]]), "the frame is in the reader's own language"
    own = re.findall(r"/registrations/([\w-]+)", text)
    assert len(own) == 2
    assert len(set(own)) == 1
    assert client.get(f"/ja/registrations/{own[0]}").status_code == 200
    assert own[0] not in text_in(arabic)


def test_words_to_a_part_reach_that_part_and_no_link_to_join_without_a_seat(
    world: World, client: CheckingClient
) -> None:
    a_session(world, client)
    seated = people(world, "en", "fr")
    waiting = people(world, "en", state=RegistrationState.WAITLISTED)
    people(world, "en", state=RegistrationState.CANCELLED)
    client.get(PAGE)
    assert "It goes to 3 people" in text_of(client.tree), "who has left is not written to unless chosen"
    answer = client.get(f"{LIST}/step?step=message&who=all&state=waitlisted", follow_redirects=True)
    assert "It goes to 1 person" in answer.text
    words = {"subject_en": "{where}", "body_en": "{where}"}
    client.post(PAGE, data={**form_on(client), **words})
    client.post(PAGE, data={**form_on(client), "do": "send"})
    [mail] = written(world)
    assert mail.recipient == waiting[0]
    assert "meet.example.org" not in text_in(mail) + mail.subject
    client.get(f"{LIST}?state=confirmed&spoken=fr")
    chosen = "&".join(f"person={each}" for each in ids_on(client).values())
    client.get(f"{LIST}/step?step=message&{chosen}", follow_redirects=True)
    client.post(PAGE, data={**form_on(client), **words})
    client.post(PAGE, data={**form_on(client), "do": "send"})
    assert [each.recipient for each in written(world)[1:]] == [seated[1]]


def test_who_was_shown_is_who_is_written_to(world: World, client: CheckingClient) -> None:
    """Somebody leaves or reads another language between the preview and the button: it is shown again, nothing sent."""
    a_session(world, client)
    addresses = people(world, "en", "fr", "fr")
    client.get(PAGE)
    client.post(PAGE, data={**form_on(client), "subject_en": "News", "body_en": "Words"})
    preview = form_on(client)
    with world.app.app_context(), unit_of_work():
        left = db.session.scalars(select(Registration).order_by(Registration.place)).first()
        assert left is not None
        left.state, left.ended_at = RegistrationState.CANCELLED, now()
    people(world, "ko")
    again = client.post(PAGE, data={**preview, "do": "send"})
    assert again.status_code == 409
    assert "Please look again" in again.text
    assert readers_on(client) == {"French": 2, "English": 1}
    assert written(world) == []
    shown = form_on(client)
    assert client.post(PAGE, data={**shown, "do": "send"}).status_code == 302
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(Registration).values(language="ar").where(Registration.place == 2))
    assert client.post(PAGE, data={**shown, "do": "send"}).status_code == 302, "pressed twice"
    mails = written(world)
    assert [mail.recipient for mail in mails] == addresses, "those shown, once each; who came later is not among them"
    assert mails[1].language == "ar", "the frame is in what the person reads now"
    assert text_in(mails[1]).startswith("Words\n")
    with world.app.app_context():
        acts = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "message sent")).all()
        assert [act.after["people"] for act in acts] == [3]


def test_who_leaves_before_the_mail_is_written_gets_none(world: World, client: CheckingClient) -> None:
    a_session(world, client)
    addresses = people(world, "en", "en", "en")
    client.get(PAGE)
    client.post(PAGE, data={**form_on(client), "subject_en": "News", "body_en": "Words"})
    page = client.post(PAGE, data={**form_on(client), "do": "send"}).location
    client.get(page)
    assert client.tree is not None
    assert [each.get("content") for each in client.tree.iter("meta") if each.get("http-equiv") == "refresh"] == ["3"]
    assert "0 of 3 people" in text_of(client.tree)
    with world.app.app_context(), unit_of_work():
        first, second, _third = db.session.scalars(select(Registration).order_by(Registration.place))
        first.state, first.ended_at = RegistrationState.CANCELLED, now() + timedelta(seconds=1)
        second.person.erased_at = now()
    assert [mail.recipient for mail in written(world)] == addresses[2:]
    client.get(page.replace("/en/", "/ar/"))
    assert client.tree is not None
    assert [each for each in client.tree.iter("meta") if each.get("http-equiv") == "refresh"] == []
    client.get(page)
    assert "Words" in text_of(client.tree)
    client.get(MAILING)
    assert "News" in text_of(client.tree)
    assert "All mails are written" in text_of(client.tree)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({}, "in at least one language"),
        ({"subject_en": "Only a subject"}, "Please fill this in."),
        ({"body_fr": "Seulement le texte"}, "Please fill this in."),
        ({"subject_en": "A\r\nBcc: b@example.org", "body_en": "Words"}, "on one line"),
        ({"subject_en": "A {naem}", "body_en": "Words"}, "{naem}"),
        ({"subject_en": "A", "body_en": "Dear {{7*7}}"}, "{{7*7}}"),
        ({"subject_en": "A", "body_en": "A\x00B"}, "cannot be read"),
        ({"subject_en": "x" * 201, "body_en": "Words"}, "at most 200"),
        ({"subject_en": "A", "body_en": "x" * 5001}, "at most 5000"),
    ],
)
def test_words_that_cannot_go_out_are_told_and_kept(
    world: World, client: CheckingClient, words: dict[str, str], complaint: str
) -> None:
    a_session(world, client)
    people(world, "fr")
    client.get(PAGE)
    for wish in ("preview", "send"):
        answer = client.post(PAGE, data={**form_on(client), **words, "do": wish})
        assert answer.status_code == 422
        assert complaint in text_of(client.tree)
        kept = form_on(client)
        for name, value in words.items():
            assert kept[name].split() == value.replace("\x00", "").split()
    assert written(world) == []


def test_words_can_be_changed_after_the_preview_and_there_may_be_nobody(world: World, client: CheckingClient) -> None:
    a_session(world, client)
    assert "nobody to write to" in client.get(PAGE).text
    assert client.submit(PAGE, {"do": "send", "subject_en": "A", "body_en": "B"}).status_code in (409, 422)
    people(world, "en")
    client.get(PAGE)
    client.post(PAGE, data={**form_on(client), "subject_en": "News", "body_en": "First\r\n\r\nSecond"})
    client.post(PAGE, data={**form_on(client), "do": "edit"})
    kept = form_on(client)
    assert kept["body_en"].split() == ["First", "Second"]
    assert "\n\n" in kept["body_en"].replace("\r", "")
    with world.app.app_context():
        assert db.session.scalars(select(Mailing)).all() == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_sample_shown_is_the_mail_that_goes_out(app: Flask, data: st.DataObject) -> None:
    """Preview equals effect, for any words and names: the two differ in the reader's own link alone."""
    world = World(app)
    text = st.text(st.characters(codec="utf-8", exclude_characters="{}"), min_size=1, max_size=40)
    with app.app_context():
        if db.session.scalars(select(Registration)).first() is None:
            world.session(CODE, titles={"en": "Sorting"})
            world.registration_link(CODE, world.person("Amina Example", language="ar", zone="Africa/Cairo"))
    with app.app_context():
        registration = db.session.scalars(select(Registration)).one()
        registration.name = data.draw(text)
        words = Words("{name} " + data.draw(text), data.draw(text) + "\n{when} {name} {link}")
        message, link = Message({"ar": words}, ["en"]), "https://own.example/link"
        shown, sent = sample_of(registration, message), render_message(registration, message, link)
        with speaking("ar"):
            hidden = _("(the reader's own link)")
        assert shown.subject == sent.subject
        assert "\n" not in sent.subject
        assert shown.text.replace(hidden, link) == sent.text
        db.session.rollback()
