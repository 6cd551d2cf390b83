"""The invitation inside a mail."""

import email
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest

from trainapp.calendar.entries import Entry
from trainapp.calendar.files import cancel, request
from trainapp.calendar.mime import add_invitation

Make = Callable[..., Entry]


def written(*, to_the_wire: bool = True) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP if to_the_wire else policy.default)
    message["From"] = "International Bureau <trainings@example.org>"
    message["To"] = "reader@example.org"
    message["Subject"] = "دعوة"
    message.set_content("مرحبا\nسطر ثان\n")
    message.add_alternative("<p>مرحبا</p>\n", subtype="html")
    return message


@pytest.fixture
def invitation(make_entry: Make, mailed: dict[str, Any]) -> bytes:
    return request(make_entry(language="ar", summary="ندوة عن المعيار ST.26", description="سطر\nسطر"), **mailed)


def sent(message: EmailMessage) -> EmailMessage:
    """The message as a receiver reads it from the wire."""
    received = email.message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.SMTP)
    assert isinstance(received, EmailMessage)
    return received


def test_the_structure_is_the_one_that_programs_act_on(invitation: bytes) -> None:
    received = sent(add_invitation(written(), invitation, "REQUEST"))
    assert [part.get_content_type() for part in received.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


def test_the_calendar_part_names_method_and_charset_and_is_no_attachment(invitation: bytes) -> None:
    part = list(sent(add_invitation(written(), invitation, "REQUEST")).walk())[4]
    assert part.get_param("method") == "REQUEST"
    assert part.get_param("charset") == "UTF-8"
    assert "Content-Disposition" not in part


def test_the_attachment_has_its_name(invitation: bytes) -> None:
    part = list(sent(add_invitation(written(), invitation, "REQUEST")).walk())[5]
    assert part.get_param("name") == "invite.ics"
    assert part.get_filename() == "invite.ics"
    assert part.get_content_disposition() == "attachment"


@pytest.mark.parametrize("to_the_wire", [True, False], ids=["SMTP policy", "default policy"])
def test_both_parts_carry_the_exact_bytes(invitation: bytes, to_the_wire: bool) -> None:
    parts = list(sent(add_invitation(written(to_the_wire=to_the_wire), invitation, "REQUEST")).walk())
    assert parts[4].get_payload(decode=True) == invitation
    assert parts[5].get_payload(decode=True) == invitation


@pytest.mark.parametrize("to_the_wire", [True, False], ids=["SMTP policy", "default policy"])
def test_no_bare_line_feed_leaves(invitation: bytes, to_the_wire: bool) -> None:
    raw = add_invitation(written(to_the_wire=to_the_wire), invitation, "REQUEST").as_bytes(policy=policy.SMTP)
    rest = raw.replace(b"\r\n", b"")
    assert b"\n" not in rest
    assert b"\r" not in rest
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_the_headers_and_texts_stay(invitation: bytes) -> None:
    received = sent(add_invitation(written(), invitation, "REQUEST"))
    assert received["Subject"] == "دعوة"
    assert received.get_all("MIME-Version") == ["1.0"]
    text = received.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["مرحبا", "سطر ثان"]


def test_auto_submitted_is_taken_away(invitation: bytes) -> None:
    message = written()
    message["Auto-Submitted"] = "auto-generated"
    assert "Auto-Submitted" not in sent(add_invitation(message, invitation, "REQUEST"))


def test_a_cancellation(make_entry: Make, mailed: dict[str, Any]) -> None:
    content = cancel(make_entry(sequence=1), **mailed)
    part = list(sent(add_invitation(written(), content, "CANCEL")).walk())[4]
    assert part.get_param("method") == "CANCEL"
    assert part.get_payload(decode=True) == content


def test_a_written_message_is_the_same_when_written_again(invitation: bytes) -> None:
    message = add_invitation(written(), invitation, "REQUEST")
    assert message.as_bytes(policy=policy.SMTP) == message.as_bytes(policy=policy.SMTP)


def test_another_method_than_the_bytes_is_refused(invitation: bytes) -> None:
    with pytest.raises(ValueError, match="METHOD:CANCEL"):
        add_invitation(written(), invitation, "CANCEL")


def test_a_message_without_alternatives_is_refused(invitation: bytes) -> None:
    message = EmailMessage(policy=policy.SMTP)
    message.set_content("text only")
    with pytest.raises(ValueError, match="text and HTML"):
        add_invitation(message, invitation, "REQUEST")


def test_a_second_invitation_is_refused(invitation: bytes) -> None:
    message = add_invitation(written(), invitation, "REQUEST")
    with pytest.raises(ValueError, match="text and HTML"):
        add_invitation(message, invitation, "REQUEST")
