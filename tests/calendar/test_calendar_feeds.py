"""Subscription feeds, joined from blocks."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest

from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry
from trainapp.calendar.feeds import block, feed, feed_etag
from trainapp.calendar.text import UnsafeValue

Make = Callable[..., Entry]
Lines = Callable[[bytes], list[str]]
Values = Callable[[bytes, str], list[str]]
SOURCE = "https://trainings.example.org/en/calendar.ics?subject=IPC"


def made(*entries: Entry, public: bool = True, **header: Any) -> bytes:
    given = {"name": "IPC trainings", "language": "en", "source_url": SOURCE, **header}
    return feed([block(entry, public=public) for entry in entries], **given)


def test_the_header_says_name_source_and_how_often_to_come(make_entry: Make, content_lines: Lines) -> None:
    assert content_lines(made(make_entry()))[:10] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//International Bureau//trainapp//EN",
        "CALSCALE:GREGORIAN",
        "NAME;LANGUAGE=en:IPC trainings",
        "X-WR-CALNAME:IPC trainings",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        f"SOURCE;VALUE=URI:{SOURCE}",
        "X-PUBLISHED-TTL:PT1H",
        "BEGIN:VEVENT",
    ]


def test_a_feed_has_no_method_people_or_reminder(make_entry: Make, values: Values) -> None:
    content = made(make_entry(), public=False)
    for name in ("METHOD", "ORGANIZER", "ATTENDEE", "TRIGGER"):
        assert values(content, name) == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_feed_of_any_length_passes_the_check(make_entry: Make, count: int) -> None:
    entries = [make_entry(uid=f"meeting-{number}@example.org") for number in range(count)]
    content = made(*entries)
    assert problems(content, Shape.FEED) == []
    assert content.count(b"BEGIN:VEVENT\r\n") == count


def test_a_block_is_one_event_ended_by_crlf(make_entry: Make) -> None:
    content = block(make_entry(), public=True)
    assert content.startswith(b"BEGIN:VEVENT\r\n")
    assert content.endswith(b"END:VEVENT\r\n")


def test_a_public_feed_has_no_join_link_anywhere(make_entry: Make, values: Values) -> None:
    link = "https://meet.example.org/j/8841"
    entry = make_entry(description=f"Welcome\nJoin at {link} in time\nBring files", location=link, url=link)
    content = made(entry)
    assert b"meet.example.org" not in content.replace(b"\r\n ", b"")
    assert values(content, "DESCRIPTION") == ["Welcome\\nBring files"]
    assert problems(content, Shape.FEED) == []


def test_a_public_feed_keeps_the_page_of_the_session(make_entry: Make, values: Values) -> None:
    assert values(made(make_entry()), "URL") == ["https://trainings.example.org/en/sessions/2027-ST26-EN-01"]


def test_a_personal_feed_has_the_join_link(make_entry: Make, values: Values) -> None:
    content = made(make_entry(), public=False)
    assert values(content, "CONFERENCE") == ["https://meet.example.org/j/8841"]
    assert values(content, "DESCRIPTION")[0].startswith("https://meet.example.org/j/8841\\n")


def test_a_cancelled_meeting_stays_marked_and_free(make_entry: Make, values: Values) -> None:
    entry = make_entry(
        language="ru", summary="Стандарт ST.26", cancelled=True, cancelled_summary="Отменено: Стандарт ST.26"
    )
    content = made(entry)
    assert values(content, "SUMMARY") == ["Отменено: Стандарт ST.26"]
    assert values(content, "STATUS") == ["CANCELLED"]
    assert values(content, "TRANSP") == ["TRANSPARENT"]
    assert problems(content, Shape.FEED) == []


def test_a_hostile_name_stays_in_its_line(make_entry: Make, values: Values) -> None:
    content = made(make_entry(), name="Trainings\r\nMETHOD:REQUEST\x00, all; C:\\New")
    assert values(content, "METHOD") == []
    assert values(content, "NAME") == [r"Trainings METHOD:REQUEST\, all\; C:\\New"]
    assert problems(content, Shape.FEED) == []


def test_an_unsafe_source_is_refused() -> None:
    with pytest.raises(UnsafeValue):
        made(source_url="https://example.org/\r\nMETHOD:REQUEST")


def test_the_tag_is_equal_where_nothing_changed(make_entry: Make) -> None:
    assert feed_etag(made(make_entry())) == feed_etag(made(make_entry()))


@pytest.mark.parametrize(
    "changes",
    [{"language": "fr"}, {"cancelled": True}, {"sequence": 1}, {"summary": "ST.26 for offices"}],
    ids=str,
)
def test_the_tag_changes_with_the_content(make_entry: Make, changes: dict[str, Any]) -> None:
    assert feed_etag(made(make_entry())) != feed_etag(made(make_entry(**changes)))


def test_the_tag_can_stand_in_a_header(make_entry: Make) -> None:
    tag = feed_etag(made(make_entry()))
    assert tag.isascii()
    assert tag.isalnum()


def test_joining_a_thousand_blocks_takes_milliseconds(make_entry: Make) -> None:
    blocks = [block(make_entry(), public=True).replace(b"7f3a9c21", b"%08d" % number) for number in range(1000)]
    times = []
    for _ in range(5):
        start = perf_counter()
        content = feed(blocks, name="All", language="en", source_url=SOURCE)
        feed_etag(content)
        times.append(perf_counter() - start)
    assert problems(content, Shape.FEED) == []
    assert min(times) < 0.03
