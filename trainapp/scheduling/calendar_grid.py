"""The days of a month as rows of weeks, and what takes place on each. Pure: it knows no database and no texts."""

from calendar import Calendar
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

from trainapp.core.languages import DEFAULT_LANGUAGE, locale_of

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""The years a calendar is shown of."""

DAYS_OF_WEEK = 7
NO_PLACE = "ZZ"

Entry = TypeVar("Entry")
Weeks = list[list[date | None]]


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`, both of them, as the clocks of a zone divide them."""

    first: date
    last: date
    zone: str

    @property
    def starts_at(self) -> datetime:
        return self._midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The instant at which the last day is over."""
        return self._midnight(self.last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def day_of(self, starts_at: datetime | None, on_date: date) -> date:
        """The day on which something begins there; `on_date` where its hours are not known."""
        return on_date if starts_at is None else starts_at.astimezone(ZoneInfo(self.zone)).date()

    def hold(self, day: date) -> bool:
        return self.first <= day <= self.last


def month_of(day: date, zone: str) -> Days:
    """The whole month of a day."""
    return Days(day.replace(day=1), _before(month_after(day)), zone)


def year_of(year: int, zone: str) -> Days:
    return Days(date(year, 1, 1), date(year, 12, 31), zone)


def month_after(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_before(day: date) -> date:
    """The first day of the month before."""
    return _before(day.replace(day=1)).replace(day=1)


def _before(day: date) -> date:
    return day - timedelta(days=1)


def is_shown(month: date) -> bool:
    """Whether there is a calendar of the month."""
    return FIRST_YEAR <= month.year <= LAST_YEAR


def weeks_of(month: date, first_weekday: int) -> Weeks:
    """The weeks of a month, each beginning with an ISO weekday; None stands for the days of other months."""
    days = Calendar(first_weekday - 1).monthdatescalendar(month.year, month.month)
    return [[day if day.month == month.month else None for day in week] for week in days]


def weekdays_from(first_weekday: int) -> list[int]:
    """The ISO weekdays of a week that begins so."""
    return [(first_weekday - 1 + number) % DAYS_OF_WEEK + 1 for number in range(DAYS_OF_WEEK)]


def by_day(entries: Iterable[Entry], day_of: Callable[[Entry], date]) -> dict[date, list[Entry]]:
    """What stands on each day, in the order it was given."""
    found: dict[date, list[Entry]] = {}
    for entry in entries:
        found.setdefault(day_of(entry), []).append(entry)
    return found


@cache
def first_weekday(language: str, zone: str) -> int:
    """The ISO weekday on which weeks begin where the reader is, by CLDR: it is a habit of places, not of languages.

    Where the zone is of no country, that of the language.
    """
    territory = get_global("zone_territories").get(zone, NO_PLACE)
    found = None if territory == NO_PLACE else _first_weekday_there(language, territory)
    return found or locale_of(language).first_week_day + 1


def _first_weekday_there(language: str, territory: str) -> int | None:
    spoken: Sequence[str] = get_official_languages(territory, de_facto=True)
    for candidate in (language, *spoken, DEFAULT_LANGUAGE):
        try:
            return Locale.parse(f"{candidate}_{territory}").first_week_day + 1
        except (UnknownLocaleError, ValueError):
            continue  # CLDR has no such pair; another language of the place knows its week as well
    return None
