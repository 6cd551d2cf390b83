"""What a calendar entry says, before it takes the form of a download, an invitation or a feed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from trainapp.calendar.text import UnsafeValue, clean, clean_line

_UID = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,254}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LARGEST_SEQUENCE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Party:
    """An organizer or an attendee: a name as people read it and a bare e-mail address (``name@domain``)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting, in one language.

    Attributes:
        uid: opaque and stored; the same in every language, for ever.
        sequence: raised only by a change of time, place or status (RFC 5546 §2.1.4).
        revised_at: last change of any kind; LAST-MODIFIED, and DTSTAMP of downloads and feeds.
        starts_at, ends_at: aware instants; written in UTC, to the second.
        language: tag of all the texts below.
        location: one line; its line breaks become spaces.
        url: page about the meeting.
        conference_url: where to join; also written as first line of the description.
        cancelled_summary: the summary of a cancelled entry in downloads and feeds, which says that it is.

    Raises:
        UnsafeValue: an instant is naive or does not exist, the end is not after the start, the summary is
            empty, or uid, sequence or language has a form that we never write.
    """

    uid: str
    sequence: int
    revised_at: datetime
    starts_at: datetime
    ends_at: datetime
    language: str
    summary: str
    description: str
    location: str = ""
    url: str = ""
    conference_url: str = ""
    cancelled: bool = False
    cancelled_summary: str = ""

    def __post_init__(self) -> None:
        """Refuse what would become a wrong file."""
        if not _UID.fullmatch(self.uid):
            raise UnsafeValue(f"not a UID of ours: {self.uid!r}")
        if not _LANGUAGE.fullmatch(self.language):
            raise UnsafeValue(f"not a language tag: {self.language!r}")
        if not 0 <= self.sequence <= _LARGEST_SEQUENCE:
            raise UnsafeValue(f"not a sequence number: {self.sequence!r}")
        if not clean_line(self.summary):
            raise UnsafeValue("a summary without any character to show")
        whole_second(self.revised_at)
        if whole_second(self.starts_at) >= whole_second(self.ends_at):
            raise UnsafeValue(f"an end ({self.ends_at}) that is not after its start ({self.starts_at})")


def whole_second(moment: datetime) -> datetime:
    """The instant in UTC without its fraction of a second, which iCalendar cannot write.

    Raises:
        UnsafeValue: it has no zone, or names a wall time that its zone skips (02:30, where clocks go from
            02:00 to 03:00).
    """
    if moment.utcoffset() is None:
        raise UnsafeValue(f"an instant without a zone: {moment}")
    instant = moment.astimezone(UTC)
    if instant.astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise UnsafeValue(f"a wall time that does not exist in its zone: {moment}")
    return instant.replace(microsecond=0)


def full_description(entry: Entry) -> str:
    """The description, cleaned; the join link is its first line, as many programs pass over CONFERENCE."""
    description = clean(entry.description)
    if not entry.conference_url or description.split("\n", 1)[0] == entry.conference_url:
        return description
    return f"{entry.conference_url}\n{description}".rstrip()
