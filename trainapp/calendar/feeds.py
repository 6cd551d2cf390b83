"""The feed a calendar program subscribes to: built from one cached block per meeting, language and revision.

Serialising is slow (about a millisecond an event) and joining is not, so a feed of a thousand meetings costs
no more than the reading of its blocks.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from icalendar.prop import vDuration

from trainapp.calendar.components import (
    add_reminder,
    marked_summary,
    new_calendar,
    new_event,
    put_text,
    put_url,
    serialise,
)
from trainapp.calendar.entries import Entry
from trainapp.calendar.text import clean, clean_line

REFRESH_EVERY = timedelta(hours=1)
_END = b"END:VCALENDAR\r\n"


def block(entry: Entry, *, public: bool, alarm: bool = False) -> bytes:
    """One VEVENT, ready to be joined; a cancelled one stays, marked and free.

    ``public`` leaves out the join link, wherever in the entry it stands: anybody may read a public feed. ``alarm``
    adds a reminder, for who asks for it: a feed must not ring by itself.

    Raises:
        UnsafeValue: a value cannot stand in a file.
    """
    shown = _without_join_link(entry) if public else entry
    event = new_event(replace(shown, summary=marked_summary(shown)), stamp=entry.revised_at)
    if alarm and not shown.cancelled:
        add_reminder(event, shown)
    return serialise(event)


def feed(blocks: Iterable[bytes], *, name: str, language: str, source_url: str) -> bytes:
    """The whole feed: a header with its name, its own address and how often to come again, and the blocks.

    Raises:
        UnsafeValue: ``source_url`` is not plain http or https.
    """
    calendar = new_calendar()
    put_text(calendar, "NAME", clean_line(name), language)
    put_text(calendar, "X-WR-CALNAME", clean_line(name))
    calendar.add("REFRESH-INTERVAL", vDuration(REFRESH_EVERY, params={"VALUE": "DURATION"}))
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH_EVERY))
    put_url(calendar, "SOURCE", source_url, VALUE="URI")
    header = serialise(calendar).removesuffix(_END)
    return b"".join((header, *blocks, _END))


def feed_etag(content: bytes) -> str:
    """The feed's entity tag, without quotation marks: equal exactly where the bytes are."""
    return hashlib.sha256(content).hexdigest()[:32]


def _without_join_link(entry: Entry) -> Entry:
    link = entry.conference_url
    if not link:
        return entry
    lines = clean(entry.description).split("\n")
    return replace(
        entry,
        conference_url="",
        description="\n".join(line for line in lines if link not in line),
        location="" if link in entry.location else entry.location,
        url="" if link in entry.url else entry.url,
    )
