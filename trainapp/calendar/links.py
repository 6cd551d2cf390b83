"""Links that open a web calendar with the meeting filled in.

They carry no UID, so a later change cannot reach what they made: offer them after the file and the feed.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from urllib.parse import quote, urlencode

from trainapp.calendar.entries import Entry, full_description, whole_second
from trainapp.calendar.text import clean_line, clean_url

# Web servers commonly refuse a longer address; an Arabic letter takes six characters of it, a Chinese nine.
LONGEST_LINK = 2000


@dataclass(frozen=True, slots=True)
class AddLink:
    """A service, by the name it gives itself in every language, and the address that opens it."""

    service_name: str
    url: str


def add_links(entry: Entry) -> list[AddLink]:
    """One link for each service; none for a cancelled meeting.

    A description too long for a link is cut at a word, with an ellipsis; the join link above it stays.

    Raises:
        UnsafeValue: the join link is not plain http or https.
    """
    if entry.cancelled:
        return []
    if entry.conference_url:
        clean_url(entry.conference_url)
    return [AddLink(name, _fitting(build, entry)) for name, build in _SERVICES.items()]


def _fitting(build: Callable[[Entry], str], entry: Entry) -> str:
    """The link, its description cut where a web server would refuse it whole."""
    whole = build(entry)
    if len(whole) <= LONGEST_LINK:
        return whole
    text = full_description(entry).removeprefix(entry.conference_url).lstrip("\n")
    room = LONGEST_LINK - len(build(replace(entry, description="…")))
    return build(replace(entry, description=_cut(text, room)))


def _cut(text: str, room: int) -> str:
    """As many whole words as take no more than ``room`` percent-encoded characters, and an ellipsis."""
    lengths = list(accumulate(len(quote(character, safe="")) for character in text[:LONGEST_LINK]))
    count = bisect_right(lengths, room)
    if count == len(text):
        return text
    word_end = max(text.rfind(" ", 0, count + 1), text.rfind("\n", 0, count + 1))
    kept = text[: word_end if word_end > 0 else count].rstrip()
    return f"{kept}…" if kept else ""


def _google(entry: Entry) -> str:
    return _link(
        "https://calendar.google.com/calendar/render",
        action="TEMPLATE",
        text=clean_line(entry.summary),
        dates=f"{_basic(entry.starts_at)}/{_basic(entry.ends_at)}",
        details=full_description(entry),
        location=clean_line(entry.location),
    )


def _outlook(host: str) -> Callable[[Entry], str]:
    def build(entry: Entry) -> str:
        return _link(
            f"https://{host}/calendar/deeplink/compose",
            path="/calendar/action/compose",
            rru="addevent",
            startdt=_extended(entry.starts_at),
            enddt=_extended(entry.ends_at),
            subject=clean_line(entry.summary),
            body=full_description(entry),
            location=clean_line(entry.location),
        )

    return build


def _yahoo(entry: Entry) -> str:
    return _link(
        "https://calendar.yahoo.com/",
        v="60",
        title=clean_line(entry.summary),
        st=_basic(entry.starts_at),
        et=_basic(entry.ends_at),
        desc=full_description(entry),
        in_loc=clean_line(entry.location),
    )


def _link(address: str, **query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{address}?{urlencode(given, quote_via=quote, safe='')}"


def _basic(moment: datetime) -> str:
    return f"{whole_second(moment):%Y%m%dT%H%M%SZ}"


def _extended(moment: datetime) -> str:
    return f"{whole_second(moment):%Y-%m-%dT%H:%M:%SZ}"


_SERVICES: dict[str, Callable[[Entry], str]] = {
    "Google Calendar": _google,
    "Microsoft 365": _outlook("outlook.office.com"),
    "Outlook.com": _outlook("outlook.live.com"),
    "Yahoo Calendar": _yahoo,
}
