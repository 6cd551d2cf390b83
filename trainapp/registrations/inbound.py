"""A mail that came in: an answer of a calendar, a mail of ours that came back, or something for people."""

from collections.abc import Sequence
from email.message import Message
from enum import StrEnum

from trainapp.accounts.bounces import mark_bounced
from trainapp.calendar.replies import CalendarReply, read_reply
from trainapp.core.logs import log
from trainapp.mail.bounces import note_returned, report_in
from trainapp.mail.forwarding import KIND, forward, is_forwarded
from trainapp.mail.inbound import carefully, keys_in, parts_of, read, read_head, recipients_in
from trainapp.mail.models import OutboxMail
from trainapp.mail.return_path import mail_of_key
from trainapp.registrations.replies import NotOurs, take_reply

CALENDAR_TYPES = ("text/calendar", "application/ics")


class Taken(StrEnum):
    """What became of a mail. `passed over` are old or repeated news, and what would go round for ever."""

    NOTED = "noted"
    PASSED_OVER = "passed over"
    FORWARDED = "forwarded"


def take_mail(content: bytes, recipients: Sequence[str] = ()) -> Taken:
    """Act on a mail for these addresses, by its own words where none are given; it may hold anything.

    Raises `TooManyMails` where it should come again later.
    """
    head = read_head(content)
    taken = None if head is None else _act_on(head, content, recipients)
    if taken is None:
        forward(content, head)
        taken = Taken.FORWARDED
    log.info("a mail came in: %s", taken.value)
    return taken


def _act_on(head: Message, content: bytes, recipients: Sequence[str]) -> Taken | None:
    """What a machine can do about a mail; None where it is for people. Without a key of ours it is not looked into."""
    if is_forwarded(head):
        log.warning("a forwarded mail came back: is the contact address another mailbox than the inbound one?")
        return Taken.PASSED_OVER
    keys = keys_in(recipients or carefully(recipients_in, head) or ())
    if not keys:
        return None
    message = read(content)
    reply = None if message is None else carefully(_reply_in, message)
    for key in keys:
        mail = mail_of_key(key)
        taken = _came_back(mail, message) if mail is not None else _replied(key, reply, head, content)
        if taken is not None:
            return taken
    return None


def _came_back(mail: OutboxMail, message: Message | None) -> Taken | None:
    """A report on a mail of ours; anything else that comes to its return path is for people (RFC 3834 §4)."""
    report = None if message is None else carefully(report_in, message)
    if report is None:  # a robot's answer to what we forwarded would be forwarded and answered in turn
        return Taken.PASSED_OVER if mail.kind == KIND else None
    if not report.has_failed or not note_returned(mail, report.reason):
        return Taken.PASSED_OVER
    if report.is_for_good:
        mark_bounced(mail.recipient, report.reason)
    return Taken.NOTED


def _replied(key: str, reply: CalendarReply | None, head: Message, content: bytes) -> Taken | None:
    if reply is None:
        return None
    try:
        is_news = take_reply(key, reply)
    except NotOurs:
        return None
    if is_news and reply.comment:
        forward(content, head)  # words beside the answer are for people
    return Taken.NOTED if is_news else Taken.PASSED_OVER


def _reply_in(message: Message) -> CalendarReply | None:
    """The first reply among the calendar parts of a mail."""
    parts = (part for part in parts_of(message) if part.get_content_type() in CALENDAR_TYPES)
    replies = (read_reply(_bytes_of(part)) for part in parts)
    return next((reply for reply in replies if reply is not None), None)


def _bytes_of(part: Message) -> bytes:
    """The content of a calendar part in UTF-8, whatever it was written in."""
    content = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    if not isinstance(content, bytes):
        return b""
    return content if charset in ("utf-8", "us-ascii") else content.decode(charset).encode()
