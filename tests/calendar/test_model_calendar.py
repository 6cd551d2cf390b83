"""The judge of other tests, judged: the model calendar follows RFC 5546 and refuses what nobody may send."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from tests.support.model_calendar import ModelCalendar, Outcome, Refused
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.files import cancel, request
from trainapp.calendar.mime import add_invitation

Make = Callable[..., Entry]


def mail(content: bytes, method: str = "REQUEST") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Content-Language"] = "en"
    message.set_content("Text.\n")
    message.add_alternative("<p>Text.</p>", subtype="html")
    return add_invitation(message, content, method).as_bytes()


@pytest.fixture
def calendar(mailed: dict[str, Any]) -> ModelCalendar:
    return ModelCalendar(mailed["attendee"].address)


def later(mailed: dict[str, Any], seconds: int = 1) -> dict[str, Any]:
    dtstamp: datetime = mailed["dtstamp"]
    return {**mailed, "dtstamp": dtstamp + timedelta(seconds=seconds)}


def test_it_holds_a_meeting_until_it_is_cancelled(
    calendar: ModelCalendar, make_entry: Make, mailed: dict[str, Any]
) -> None:
    entry = make_entry()
    assert calendar.take(mail(request(entry, **mailed))) is Outcome.TAKEN
    [shown] = calendar.entries().values()
    assert (shown.starts_at, shown.summary, shown.language) == (entry.starts_at, entry.summary, "en")
    content = cancel(replace(entry, sequence=1), **later(mailed))
    assert calendar.take(mail(content, "CANCEL")) is Outcome.TAKEN
    assert calendar.entries() == {}


def test_an_older_revision_changes_nothing(calendar: ModelCalendar, make_entry: Make, mailed: dict[str, Any]) -> None:
    newest = mail(request(make_entry(sequence=2, summary="Newest"), **later(mailed)))
    assert calendar.take(newest) is Outcome.TAKEN
    assert calendar.take(newest) is Outcome.REPEATED
    assert calendar.take(mail(request(make_entry(sequence=2, summary="Older"), **mailed))) is Outcome.STALE
    assert calendar.take(mail(request(make_entry(sequence=1, summary="Old"), **later(mailed, 9)))) is Outcome.STALE
    assert [entry.summary for entry in calendar.entries().values()] == ["Newest"]


def test_other_words_with_a_newer_stamp_replace_those_before(
    calendar: ModelCalendar, make_entry: Make, mailed: dict[str, Any]
) -> None:
    calendar.take(mail(request(make_entry(), **mailed)))
    calendar.take(mail(request(make_entry(language="ar", summary="المعيار"), **later(mailed))))
    assert [entry.language for entry in calendar.entries().values()] == ["ar"]


def test_it_refuses_what_is_for_others_or_from_others(
    calendar: ModelCalendar, make_entry: Make, mailed: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="in the mailbox of"):
        calendar.take(mail(request(make_entry(), **{**mailed, "attendee": Party("Bao", "bao@example.org")})))
    calendar.take(mail(request(make_entry(), **mailed)))
    forged = {**later(mailed), "organizer": Party("Eve", "eve@example.org")}
    with pytest.raises(Refused, match="speaks for"):
        calendar.take(mail(request(make_entry(sequence=1), **forged)))


def test_it_refuses_two_messages_of_one_revision(
    calendar: ModelCalendar, make_entry: Make, mailed: dict[str, Any]
) -> None:
    calendar.take(mail(request(make_entry(), **mailed)))
    with pytest.raises(Refused, match="two messages of one revision"):
        calendar.take(mail(request(make_entry(summary="Else"), **mailed)))


def test_it_refuses_a_mail_that_says_two_things(
    calendar: ModelCalendar, make_entry: Make, mailed: dict[str, Any]
) -> None:
    content = mail(request(make_entry(), **mailed))
    with pytest.raises(Refused, match="in a part of method"):
        calendar.take(content.replace(b'method="REQUEST"', b'method="CANCEL"'))
