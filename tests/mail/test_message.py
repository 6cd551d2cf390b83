"""What a mail is: safe headers, two bodies of equal content, a Message-ID that follows from its cause."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainapp.core.addresses import normalize_address
from trainapp.core.database import db
from trainapp.mail.message import Recipient, Rendered, compose, header_text, mailbox, render_mail
from trainapp.mail.outbox import queue_message

AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
}
HOSTILE = [
    "Amina\r\nBcc: everybody@example.org",
    "Amina\nX-Other: 1",
    "Amina\r\n\r\n<p>a body of my own</p>",
    "Amina\u2028Bcc: everybody@example.org",
    "Amina\x00\x1b[31m",
    'Amina" <other@example.org>, "',
    "=?utf-8?q?Amina=0D=0ABcc=3A_x=40example=2Eorg?=",
    "أمينة \u202egnp.exe",
    "\ud800lone",
    "Ж" * 300,
]


def sent(name: str, subject: str, key: str = "key") -> EmailMessage:
    """A mail as it arrives: composed, queued as bytes, read again."""
    rendered = Rendered(subject, "Text.\n", "<p>Text.</p>")
    recipient = Recipient(name, "amina@example.org", "ar")
    queued = queue_message(key, recipient, compose(key, recipient, rendered, AT), AT)
    assert queued.content is not None
    found = message_from_bytes(queued.content, policy=default)
    db.session.rollback()
    assert isinstance(found, EmailMessage)
    return found


def check_safe(message: EmailMessage) -> None:
    assert set(message.keys()) - {"Content-Language"} == HEADERS
    assert message.defects == []
    to = message["To"]
    assert isinstance(to, AddressHeader)
    assert [address.addr_spec for address in to.addresses] == ["amina@example.org"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().split() == ["Text."]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_in_a_name_or_a_subject_starts_a_header(app: Flask, context: None, hostile: str) -> None:
    check_safe(sent(hostile, "A subject"))
    check_safe(sent("Amina", hostile))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=80), subject=st.text(min_size=1, max_size=80))
def test_no_text_at_all_breaks_a_mail(app: Flask, name: str, subject: str) -> None:
    with app.app_context():
        check_safe(sent(name, subject))


def test_a_message_id_follows_from_the_cause_so_a_repeat_is_the_same_mail(app: Flask, context: None) -> None:
    assert sent("Amina", "s", "one")["Message-ID"] == sent("Amina", "s", "one")["Message-ID"]
    assert sent("Amina", "s", "one")["Message-ID"] != sent("Amina", "s", "two")["Message-ID"]


def test_a_subject_in_any_script_arrives_as_it_was(app: Flask, context: None) -> None:
    for subject in (
        "تم تسجيلك في الندوة",
        "您已注册",
        "登録が完了しました",
        "Вы зарегистрированы",
        "Anmeldung bestätigt",
    ):
        assert sent("Amina", subject)["Subject"] == subject


def test_a_mail_says_its_language_in_its_own_header(app: Flask, context: None) -> None:
    assert sent("Amina", "s")["Content-Language"] == "ar"


def test_header_text_is_one_line() -> None:
    assert header_text("  a\tb\r\n c\u2029d\x7f ") == "a b c d"


def test_a_mail_is_in_its_readers_language_whoever_caused_it(app: Flask) -> None:
    with app.test_request_context("/en/sign-in"):
        rendered = render_mail("accounts", "sign_in", "ar", name="Amina", url="https://example.org/x", minutes=30)
    assert 'lang="ar"' in rendered.html
    assert 'dir="rtl"' in rendered.html
    assert "\n" not in rendered.subject


def test_a_domain_in_any_script_is_written_as_the_network_reads_it() -> None:
    assert str(mailbox("N", "a@müller.example")) == "N <a@xn--mller-kva.example>"
    assert normalize_address("A@MÜLLER.example") == normalize_address("a@xn--mller-kva.example")
