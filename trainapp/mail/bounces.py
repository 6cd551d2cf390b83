"""Mails that came back: reports on their delivery (RFC 3464), known by the key in the return path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from trainapp.mail.inbound import parts_of, text_of
from trainapp.mail.message import header_text
from trainapp.mail.models import MailState, OutboxMail

REPORT_TYPES = ("message/delivery-status", "message/global-delivery-status")
REASON_LIMIT = 500
MOST_BLOCKS = 100
"""Groups of fields of a report that are read; a mail of ours has one recipient."""
_STATUS = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})")
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")


@dataclass(frozen=True)
class Report:
    """What a report says of the one recipient of a mail: not reached, or something that changes nothing (delayed).

    `is_for_good` where the address will not do better next time (status 5.x.x).
    """

    has_failed: bool
    is_for_good: bool
    reason: str


def report_in(message: Message) -> Report | None:
    """The report on delivery in a mail; None where there is none, or none that can be read."""
    parts = (part for part in parts_of(message) if part.get_content_type() in REPORT_TYPES)
    reports = [_report(block) for part in parts for block in _blocks(part) if text_of(block, "Action").strip()]
    return next((report for report in reports if report.has_failed), reports[0] if reports else None)


def _report(block: Message) -> Report:
    status = _STATUS.match(text_of(block, "Status"))
    code = status[1] if status else ""
    _kind, _semicolon, said = text_of(block, "Diagnostic-Code").partition(";")
    has_failed = text_of(block, "Action").strip().casefold() == "failed"
    return Report(has_failed, code.startswith("5"), header_text(f"{code} {said}")[:REASON_LIMIT])


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields of a report: about the mail first, then one for each recipient (RFC 3464 §2.1)."""
    payload = part.get_payload()
    for inner in payload if isinstance(payload, list) else []:
        if not isinstance(inner, Message):
            continue
        yield inner
        rest = inner.get_payload()
        if isinstance(rest, str):  # a report beyond ASCII (RFC 6533), which the library does not take apart
            for text in _BLANK_LINE.split(rest, MOST_BLOCKS)[:MOST_BLOCKS]:
                yield HeaderParser().parsestr(text.strip())


def note_returned(mail: OutboxMail, reason: str) -> bool:
    """Note that a mail the server took came back. False where that is known, or the mail never left."""
    if mail.state not in (MailState.QUEUED, MailState.SENDING, MailState.SENT) or mail.tried_at is None:
        return False
    mail.state, mail.error = MailState.RETURNED, reason
    if mail.holds_secret:
        mail.content = None
    return True
