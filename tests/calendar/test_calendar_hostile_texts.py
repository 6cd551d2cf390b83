"""Whatever people type, in any script, every file is right and says what they typed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.feeds import block, feed
from trainapp.calendar.files import cancel, download, request
from trainapp.calendar.links import add_links
from trainapp.calendar.text import clean, clean_line, clean_name

Values = Callable[[bytes, str], list[str]]
Unescaped = Callable[[str], str]

LANGUAGES = ["ar", "zh", "en", "fr", "de", "ja", "ko", "pt", "ru", "es"]
WORDS = [
    "ندوة عبر الإنترنت حول المعيار",
    "٢٠٢٧",
    "关于标准的网络研讨会",
    "Training on the standard",
    "Séminaire « à distance » œuvre",
    "Übung für Prüferinnen und Prüfer ß",
    "標準に関するウェビナー 𠮷",
    "표준에 관한 웨비나",
    "Formação à distância",
    "Вебинар о стандарте ё",
    "Formación a distancia ¿qué?",
    "👩‍💻",
    "👨‍👩‍👧‍👦",
    "e\u0301\u0323",
]
HOSTILE = [
    "\r\nATTACH:https://evil.example.org/x",
    "\nEND:VEVENT\nEND:VCALENDAR",
    "\r",
    "\r\n ",
    "\r\n\t",
    '";ROLE=CHAIR:mailto:evil@x',
    "\\N",
    "\\n",
    "C:\\New",
    "\\",
    "\\,",
    ";",
    ",",
    ":",
    '"',
    "^",
    "^n",
    "^'",
    "\x00",
    "\x07",
    "\x0b",
    "\x85",
    "\u2028",
    "\u2029",
    "\ud83d",
    "\udc00",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\uffff",
    "\u200f",
    "\t",
    "   ",
    "BEGIN:VALARM",
    "https://meet.example.org/j/1",
    "%0D%0A",
]
any_text = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(HOSTILE),
        st.text(st.characters(codec=None), max_size=12),
    ),
    max_size=12,
).map("".join)
summaries = any_text.filter(lambda text: bool(clean_line(text)))
starts = st.datetimes(datetime(2000, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))
links = st.sampled_from(["", "https://meet.example.org/j/1", "https://meet.example.org/a,b;c?d=%7B#e"])


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Valid entries with hostile texts."""
    start = draw(starts)
    return Entry(
        uid=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}@example\.org", fullmatch=True)),
        sequence=draw(st.integers(0, 2**31 - 1)),
        revised_at=draw(starts),
        starts_at=start,
        ends_at=start + draw(st.timedeltas(timedelta(seconds=1), timedelta(days=2))),
        language=draw(st.sampled_from(LANGUAGES)),
        summary=draw(summaries),
        description=draw(any_text),
        location=draw(any_text),
        url=draw(st.sampled_from(["", "https://example.org/" + "x" * 300])),
        conference_url=draw(links),
        cancelled=draw(st.booleans()),
        cancelled_summary=draw(st.just("") | summaries),
    )


@settings(max_examples=150, deadline=None)
@given(entry=entries(), public=st.booleans(), name=summaries)
def test_downloads_and_feeds_are_right(entry: Entry, public: bool, name: str) -> None:
    assert problems(download([entry]), Shape.DOWNLOAD) == []
    content = feed([block(entry, public=public)], name=name, language="ar", source_url="https://example.org/x.ics")
    assert problems(content, Shape.FEED) == []


@settings(max_examples=150, deadline=None)
@given(entry=entries(), organizer=any_text, attendee=any_text, dtstamp=starts)
def test_invitations_and_cancellations_are_right(
    entry: Entry, organizer: str, attendee: str, dtstamp: datetime
) -> None:
    people: dict[str, Any] = {
        "organizer": Party(organizer, "invite+k3y@example.org"),
        "attendee": Party(attendee, "reader@example.org"),
        "dtstamp": dtstamp,
    }
    assert problems(cancel(entry, **people), Shape.CANCEL) == []
    if not entry.cancelled:
        assert problems(request(entry, **people), Shape.REQUEST) == []


@settings(max_examples=150, deadline=None)
@given(summary=summaries, description=any_text)
def test_texts_come_back_as_they_were_cleaned(
    make_entry: Callable[..., Entry], values: Values, unescaped: Unescaped, summary: str, description: str
) -> None:
    content = download([make_entry(summary=summary, description=description, conference_url="")], alarm=False)
    assert unescaped(values(content, "SUMMARY")[0]) == clean_line(summary)
    expected = [clean(description)] if clean(description) else []
    assert [unescaped(value) for value in values(content, "DESCRIPTION")] == expected


@settings(max_examples=200, deadline=None)
@given(text=any_text)
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    for cleaner in (clean, clean_line, clean_name):
        assert cleaner(cleaner(text)) == cleaner(text)


@settings(max_examples=60, deadline=None)
@given(entry=entries())
def test_links_are_ascii(entry: Entry) -> None:
    assert all(link.url.isascii() and link.url.isprintable() and " " not in link.url for link in add_links(entry))
