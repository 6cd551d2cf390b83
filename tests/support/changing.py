"""Changing sessions in tests: the preview, the effect, and the outbox read as calendars read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import html5lib
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from tests.support.world import person_of
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations.change_preview import Preview, apply, rehearse
from trainapp.registrations.changes import Change, MeetingWish
from trainapp.registrations.mailings import write_mailings
from trainapp.registrations.models import Mailing, Registration
from trainapp.registrations.notices import tell_of_registration
from trainapp.registrations.queries import registration_by_id
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.plans import MeetingPlan
from trainapp.scheduling.queries import session_by_code


@dataclass(frozen=True, order=True)
class Message:
    """A calendar message as its reader's calendar takes it."""

    address: str
    uid: str
    method: str
    sequence: int
    starts_at: datetime


def preview_of(app: Flask, actor: str, code: str, change: Change) -> Preview:
    with app.app_context(), unit_of_work():
        return rehearse(person_of(actor), session_by_code(code), change)


def carry_through(app: Flask, actor: str, code: str, change: Change, seen: str | None = None) -> Preview:
    """Look at a change, save it, and let the worker write all its mails."""
    preview = preview_of(app, actor, code, change)
    with app.app_context(), unit_of_work():
        apply(person_of(actor), session_by_code(code), change, preview.effect.digest() if seen is None else seen)
    write_all(app)
    return preview


def write_all(app: Flask) -> None:
    for _round in range(100):
        with app.app_context(), unit_of_work():
            write_mailings()
            if db.session.scalar(select(Mailing.id).where(Mailing.finished_at.is_(None)).limit(1)) is None:
                return
    raise AssertionError("the mailings never end")


def invite(app: Flask, code: str) -> None:
    """Send everybody of a session the mail of their registration, with what their calendar is to hold."""
    with app.app_context(), unit_of_work():
        query = select(Registration.id).join(Registration.session).where(TrainingSession.code == code)
        for registration_id in db.session.scalars(query.order_by(Registration.place)).all():
            registration = registration_by_id(registration_id)
            assert registration is not None
            tell_of_registration(registration)


def let_all_leave(app: Flask) -> None:
    """The mails of the outbox have been sent."""
    with app.app_context(), unit_of_work():
        for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.QUEUED)):
            mail.state = MailState.SENT


def message_in(mail: OutboxMail) -> Message | None:
    """The calendar message a mail carries; None where it carries none."""
    parsed = message_from_bytes(mail.content or b"", policy=default)
    parts = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return None
    (part,) = parts
    calendar = Calendar.from_ical(part.get_content())
    (entry,) = calendar.events
    method = str(calendar["METHOD"])
    assert part.get_param("method") == method
    return Message(mail.recipient, str(entry["UID"]), method, int(entry["SEQUENCE"]), entry.start)


def parts_of(mail: OutboxMail) -> dict[str, str]:
    parsed = message_from_bytes(mail.content or b"", policy=default)
    return {part.get_content_type(): part.get_content() for part in parsed.walk() if not part.is_multipart()}


def text_of(mail: OutboxMail) -> str:
    return str(parts_of(mail)["text/plain"])


def meetings_of(app: Flask, code: str) -> list[Meeting]:
    """The meetings of a session as they stand, detached."""
    with app.app_context():
        meetings = list(session_by_code(code).meetings)
        db.session.expunge_all()
        return meetings


def state_of(app: Flask, code: str) -> dict[str, Any]:
    """Everything of a session and its people that a change may touch, to see that nothing has."""
    with app.app_context():
        session = session_by_code(code)
        return {
            "session": (session.state, session.mode, session.venue, session.join_url, session.revised_at),
            "days": (session.first_day, session.last_day),
            "meetings": [(each.number, each.state, each.starts_at, each.sequence) for each in session.meetings],
            "trainers": [(each.person_id, each.state) for each in session.teaching],
            "requests": [(each.code, each.state, each.version) for each in session.requests],
            "people": db.session.execute(select(Registration.id, Registration.state).order_by(Registration.id)).all(),
            "mails": len(db.session.scalars(select(OutboxMail.id)).all()),
            "mailings": len(db.session.scalars(select(Mailing.id)).all()),
        }


def moved(app: Flask, code: str, number: int, days: int = 1, start: time = time(14), end: time = time(15)) -> Change:
    """A change that moves one meeting by days, to other hours."""
    meeting = next(each for each in meetings_of(app, code) if each.number == number)
    plan = MeetingPlan(number, meeting.on_date + timedelta(days=days), start, end)
    return Change(meetings=(MeetingWish(number, times=plan),))


def cancelled(numbers: Sequence[int]) -> Change:
    return Change(meetings=tuple(MeetingWish(number, is_cancelled=True) for number in numbers))


def back(numbers: Sequence[int]) -> Change:
    return Change(meetings=tuple(MeetingWish(number) for number in numbers))


def words_of_page(html: str) -> str:
    """What a reader reads of a page or a mail in HTML, with single spaces."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    for unseen in tree.iter("style"):
        unseen.text = ""
    return " ".join("".join(tree.itertext()).split())
