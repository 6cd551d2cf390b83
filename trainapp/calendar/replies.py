"""What a calendar answered to an invitation (iTIP REPLY, RFC 5546 §3.2.3), read from bytes of anybody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar, Event, vCalAddress

LARGEST = 64 * 1024
"""Octets of a reply that is read; ours are of 2 kB. Ten thousand lines take a second."""
READ = frozenset({"UID", "DTSTAMP", "SEQUENCE", "ATTENDEE", "COMMENT"})


@dataclass(frozen=True)
class CalendarReply:
    """One attendee's answer about one meeting: to which revision, when it was given, and what (`ACCEPTED`, …).

    `comment` is what the person wrote beside it.
    """

    uid: str
    sequence: int
    dtstamp: datetime
    answer: str
    comment: str


def read_reply(content: bytes) -> CalendarReply | None:
    """The reply in the bytes of a calendar; None for anything else: another method, garbled, or of more than one."""
    if len(content) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(content)
        if not isinstance(calendar, Calendar) or str(calendar.get("METHOD", "")).strip().upper() != "REPLY":
            return None
        [event] = calendar.events
        return _reply(event)
    except Exception:  # whatever a stranger's bytes may do to the library
        return None


def _reply(event: Event) -> CalendarReply | None:
    attendee, stamp = event["ATTENDEE"], event.DTSTAMP
    is_garbled = any(name in READ for name, _fault in event.errors)
    if is_garbled or not isinstance(attendee, vCalAddress) or stamp is None or "RECURRENCE-ID" in event:
        return None
    return CalendarReply(
        uid=str(event["UID"]),
        sequence=int(event.get("SEQUENCE", 0)),
        dtstamp=stamp.astimezone(UTC).replace(microsecond=0),
        answer=str(attendee.params.get("PARTSTAT", "NEEDS-ACTION")).upper(),
        comment=_comment(event.get("COMMENT", "")),
    )


def _comment(found: Any) -> str:
    texts = found if isinstance(found, list) else [found]
    return "\n".join(str(text) for text in texts).strip()
