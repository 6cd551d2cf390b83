"""A calendar program as RFC 5546 wants it: it takes mails one by one, and holds what they told it.

It reads with vobject, which knows nothing of how the files are made. Of what a program must follow it is strict where
real ones are: a message for somebody else or from another organizer is refused, and an older revision changes nothing.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from urllib.parse import unquote

import vobject


class Outcome(StrEnum):
    """What a mail did to the calendar."""

    NO_CALENDAR = "no calendar"
    TAKEN = "taken"
    REPEATED = "repeated"
    STALE = "stale"


@dataclass(frozen=True)
class Message:
    """One calendar message as a program reads it; `revision` orders those of one UID (RFC 5546 §2.1.5)."""

    uid: str
    method: str
    sequence: int
    dtstamp: datetime
    starts_at: datetime
    ends_at: datetime
    status: str
    summary: str
    language: str
    organizer: str
    attendees: tuple[str, ...]
    content: bytes

    @property
    def revision(self) -> tuple[int, datetime]:
        return self.sequence, self.dtstamp


@dataclass(frozen=True)
class Entry:
    """What the calendar shows."""

    starts_at: datetime
    ends_at: datetime
    summary: str
    language: str


class Refused(AssertionError):
    """A message that a calendar program must not follow."""


@dataclass
class ModelCalendar:
    """The calendar behind one mailbox; `last` keeps the latest message of each UID, cancelled ones too."""

    address: str
    last: dict[str, Message] = field(default_factory=dict)

    def take(self, mail: bytes) -> Outcome:
        """Read a mail and do what it says. Raises `Refused` where a program must not."""
        message = read_message(mail)
        if message is None:
            return Outcome.NO_CALENDAR
        self._check_people(message)
        known = self.last.get(message.uid)
        if known is not None and message.revision <= known.revision:
            if message.revision == known.revision and message.content != known.content:
                raise Refused(f"two messages of one revision: {message.uid} {message.revision}")
            return Outcome.REPEATED if message.revision == known.revision else Outcome.STALE
        if known is not None and message.method == "CANCEL" and message.sequence < known.sequence:
            raise Refused(f"a CANCEL with a lower SEQUENCE: {message.uid}")
        self.last[message.uid] = message
        return Outcome.TAKEN

    def _check_people(self, message: Message) -> None:
        if message.attendees != (self.address,):
            raise Refused(f"for {message.attendees}, in the mailbox of {self.address}")
        known = self.last.get(message.uid)
        if known is not None and known.organizer != message.organizer:
            raise Refused(f"{message.organizer} speaks for {known.organizer}")

    def entries(self) -> dict[str, Entry]:
        """What stands in the calendar, by UID: whatever was asked last and not taken back."""
        return {
            uid: Entry(message.starts_at, message.ends_at, message.summary, message.language)
            for uid, message in self.last.items()
            if message.method == "REQUEST"
        }


def read_message(mail: bytes) -> Message | None:
    """The calendar message of a mail, None where it has none. Raises `Refused` for one that programs cannot follow."""
    parsed = message_from_bytes(mail, policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    parts = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return None
    [part] = parts
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    message = message_of(content)
    if part.get_param("method") != message.method:
        raise Refused(f"METHOD:{message.method} in a part of method={part.get_param('method')}")
    attached = [each.get_payload(decode=True) for each in parsed.iter_attachments()]
    if attached != [content]:
        raise Refused("the attached file differs from the calendar part")
    return message


def message_of(content: bytes) -> Message:
    """What one calendar message says."""
    calendar = vobject.readOne(content.decode("utf-8"))
    [event] = calendar.vevent_list
    return Message(
        uid=event.uid.value,
        method=calendar.method.value,
        sequence=int(event.sequence.value),
        dtstamp=_utc(event.dtstamp.value),
        starts_at=_utc(event.dtstart.value),
        ends_at=_utc(event.dtend.value),
        status=event.status.value,
        summary=event.summary.value,
        language=event.summary.params["LANGUAGE"][0],
        organizer=_mailbox(event.organizer.value),
        attendees=tuple(_mailbox(each.value) for each in event.attendee_list),
        content=content,
    )


def entries_of_file(content: bytes) -> dict[str, Entry]:
    """What a calendar shows once a file was put into it, by UID."""
    calendar = vobject.readOne(content.decode("utf-8"))
    return {
        event.uid.value: Entry(
            _utc(event.dtstart.value), _utc(event.dtend.value), event.summary.value, event.summary.params["LANGUAGE"][0]
        )
        for event in calendar.vevent_list
    }


def text_of(mail: bytes) -> str:
    """The plain text of a mail."""
    message = message_from_bytes(mail, policy=SMTP)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def language_of(mail: bytes) -> str:
    """The language a mail says it is in (RFC 3282)."""
    return str(message_from_bytes(mail, policy=SMTP)["Content-Language"])


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise Refused(f"a floating time: {moment}")
    return moment.astimezone(UTC)


def _mailbox(uri: str) -> str:
    scheme, _colon, address = uri.partition(":")
    if scheme.casefold() != "mailto":
        raise Refused(f"not a mailbox: {uri}")
    return unquote(address)
