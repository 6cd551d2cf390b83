"""Add-to-calendar links."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from trainapp.calendar.entries import Entry
from trainapp.calendar.links import LONGEST_LINK, add_links
from trainapp.calendar.text import UnsafeValue

Make = Callable[..., Entry]


def queries(entry: Entry) -> dict[str, dict[str, list[str]]]:
    return {link.service_name: parse_qs(urlsplit(link.url).query, strict_parsing=True) for link in add_links(entry)}


def test_the_services_and_their_addresses(make_entry: Make) -> None:
    assert [(link.service_name, link.url.split("?")[0]) for link in add_links(make_entry())] == [
        ("Google Calendar", "https://calendar.google.com/calendar/render"),
        ("Microsoft 365", "https://outlook.office.com/calendar/deeplink/compose"),
        ("Outlook.com", "https://outlook.live.com/calendar/deeplink/compose"),
        ("Yahoo Calendar", "https://calendar.yahoo.com/"),
    ]


def test_times_are_utc_and_end_in_z(make_entry: Make) -> None:
    start = datetime(2027, 3, 28, 3, 15, tzinfo=ZoneInfo("Europe/Zurich"))
    found = queries(make_entry(starts_at=start, ends_at=start + timedelta(minutes=90)))
    assert found["Google Calendar"]["dates"] == ["20270328T011500Z/20270328T024500Z"]
    for outlook in ("Microsoft 365", "Outlook.com"):
        assert found[outlook]["startdt"] == ["2027-03-28T01:15:00Z"]
        assert found[outlook]["enddt"] == ["2027-03-28T02:45:00Z"]
    assert found["Yahoo Calendar"]["st"] == ["20270328T011500Z"]
    assert found["Yahoo Calendar"]["et"] == ["20270328T024500Z"]


def test_the_texts_come_back_whole(make_entry: Make) -> None:
    entry = make_entry(language="ar", summary="A & B = 100% + ندوة #1?", description="سطر\nC:\\New", location="جنيف")
    details = ["https://meet.example.org/j/8841\nسطر\nC:\\New"]
    found = queries(entry)
    assert found["Google Calendar"]["text"] == ["A & B = 100% + ندوة #1?"]
    assert found["Google Calendar"]["details"] == details
    assert found["Microsoft 365"]["subject"] == found["Yahoo Calendar"]["title"] == ["A & B = 100% + ندوة #1?"]
    assert found["Outlook.com"]["body"] == found["Yahoo Calendar"]["desc"] == details
    assert found["Yahoo Calendar"]["in_loc"] == found["Outlook.com"]["location"] == ["جنيف"]


def test_each_service_gets_its_fixed_parameters(make_entry: Make) -> None:
    found = queries(make_entry())
    assert found["Google Calendar"]["action"] == ["TEMPLATE"]
    assert found["Microsoft 365"]["path"] == ["/calendar/action/compose"]
    assert found["Microsoft 365"]["rru"] == ["addevent"]
    assert found["Yahoo Calendar"]["v"] == ["60"]


@pytest.mark.parametrize("mark", ["\x00", "\r\n", "\u2028", "\ud800", "\u202e"])
def test_hostile_characters_reach_no_link(make_entry: Make, mark: str) -> None:
    entry = make_entry(summary=f"a{mark}b", description=f"a{mark}b", location=f"a{mark}b", conference_url="")
    expected = "a b" if mark in ("\r\n", "\u2028") else "ab"
    assert queries(entry)["Google Calendar"]["text"] == [expected]
    assert all(link.url.isascii() for link in add_links(entry))


@pytest.mark.parametrize("word", ["webinar", "ندوة", "研修", "x" * 4000])
def test_a_long_description_is_cut_at_a_word_below_the_join_link(make_entry: Make, word: str) -> None:
    entry = make_entry(description=" ".join([word] * (15_000 // len(word))))
    for link in add_links(entry):
        assert len(link.url) <= LONGEST_LINK
    first, rest = queries(entry)["Google Calendar"]["details"][0].split("\n")
    assert first == "https://meet.example.org/j/8841"
    assert rest.endswith("…")
    assert len(rest) > 150
    if len(word) < 10:
        assert set(rest.removesuffix("…").split(" ")) == {word}


def test_a_description_that_fits_is_not_cut(make_entry: Make) -> None:
    assert queries(make_entry())["Google Calendar"]["details"] == [
        "https://meet.example.org/j/8841\n10:00 Africa/Casablanca = 10:00 UTC"
    ]


def test_a_cancelled_meeting_has_no_links(make_entry: Make) -> None:
    assert add_links(make_entry(cancelled=True)) == []


def test_an_unsafe_join_link_is_refused(make_entry: Make) -> None:
    with pytest.raises(UnsafeValue):
        add_links(make_entry(conference_url="javascript:alert(1)"))
