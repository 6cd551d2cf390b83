"""Weeks of a month, and days as the clocks of a zone divide them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainapp.core.languages import LANGUAGES
from trainapp.core.timefmt import known_zones
from trainapp.scheduling.calendar_grid import (
    Days,
    first_weekday,
    is_shown,
    month_after,
    month_before,
    month_of,
    weekdays_from,
    weeks_of,
    year_of,
)

MONTHS = st.dates(date(1990, 1, 1), date(2100, 12, 31)).map(lambda day: day.replace(day=1))
ZONES = st.sampled_from(sorted(known_zones()))


@given(month=MONTHS, first=st.integers(1, 7))
def test_weeks_hold_every_day_of_the_month_once_under_its_weekday(month: date, first: int) -> None:
    weeks = weeks_of(month, first)
    days = [day for week in weeks for day in week if day is not None]
    assert days == [month + timedelta(days=number) for number in range(len(days))]
    assert (days[-1] + timedelta(days=1)).day == 1
    heads = weekdays_from(first)
    assert (heads[0], sorted(heads)) == (first, list(range(1, 8)))
    for week in weeks:
        assert len(week) == 7
        assert any(week)
        assert all(day is None or day.isoweekday() == head for day, head in zip(week, heads, strict=True))


@given(month=MONTHS, zone=ZONES, minutes=st.integers(-3000, 50_000))
def test_a_moment_lies_in_the_month_of_its_local_day(month: date, zone: str, minutes: int) -> None:
    days = month_of(month, zone)
    at = datetime(month.year, month.month, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    local = at.astimezone(ZoneInfo(zone)).date()
    assert (days.starts_at <= at < days.ends_at) == (local.replace(day=1) == month)
    assert days.day_of(at, date.min) == local
    assert days.hold(local) == (local.replace(day=1) == month)


@given(month=MONTHS)
def test_months_follow_each_other(month: date) -> None:
    assert month_before(month_after(month)) == month
    assert month_of(month, "UTC").last == month_after(month) - timedelta(days=1)
    assert is_shown(month)


def test_the_year_and_what_is_shown_of_them() -> None:
    assert year_of(2026, "UTC") == Days(date(2026, 1, 1), date(2026, 12, 31), "UTC")
    assert not is_shown(date(1989, 12, 1))
    assert not is_shown(date(2101, 1, 1))


@pytest.mark.parametrize(
    ("language", "zone", "weekday"),
    [
        ("en", "Europe/Zurich", 1),
        ("en", "America/New_York", 7),
        ("ar", "Africa/Cairo", 6),
        ("en", "Africa/Cairo", 6),
        ("fr", "Africa/Casablanca", 1),
        ("ja", "Asia/Tokyo", 7),
        ("en", "Africa/Windhoek", 1),
        ("es", "UTC", 1),
        ("de", "Antarctica/Troll", 1),
    ],
)
def test_a_week_begins_as_it_does_where_the_reader_is(language: str, zone: str, weekday: int) -> None:
    assert first_weekday(language, zone) == weekday


def test_a_week_begins_somewhere_in_every_zone_there_is() -> None:
    assert {first_weekday(language, zone) for language in LANGUAGES for zone in known_zones()} <= {1, 5, 6, 7}
