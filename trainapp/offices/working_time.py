"""When an office does not work: its weekend and its public holidays, by name in the reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import holidays

from trainapp.core.languages import DEFAULT_LANGUAGE, Text, current_language
from trainapp.offices.holiday_names import translated
from trainapp.offices.models import Office, OfficeKind

PREFERRED_VARIANTS = ("zh_CN", "pt_BR", "en_US")


@dataclass(frozen=True)
class DayOff:
    """A day on which the office does not work: by a public holiday, named, or by its weekend, or both."""

    on: date
    holiday: Text | None
    is_weekend: bool


def days_off(office: Office, dates: Iterable[date], language: str | None = None) -> list[DayOff]:
    """Which of the dates fall on the office's weekend or on a public holiday of its state."""
    reader = language or current_language()
    found = []
    for day in sorted(set(dates)):
        name = _holiday_name(office, day, reader)
        is_weekend = day.isoweekday() in office.weekend
        if name or is_weekend:
            found.append(DayOff(day, name, is_weekend))
    return found


def holidays_between(office: Office, first: date, last: date) -> frozenset[date]:
    """The public holidays of an office's state from one day to another, both counted, without their names."""
    if not _has_holidays(office):
        return frozenset()
    return frozenset(
        day
        for year in range(first.year, last.year + 1)
        for day in _holiday_dates(office.code, year)
        if first <= day <= last
    )


def _has_holidays(office: Office) -> bool:
    return office.kind is not OfficeKind.ORGANIZATION and office.code in _countries()


def _holiday_name(office: Office, day: date, language: str) -> Text | None:
    if not _has_holidays(office):
        return None
    own = _variant(office.code, language)
    if own is not None and own.split("_")[0] == language:
        name = _holidays_of(office.code, day.year, own).get(day)
        return Text(name, language) if name else None
    english = _holidays_of(office.code, day.year, _variant(office.code, DEFAULT_LANGUAGE)).get(day)
    if not english:
        return None
    name = translated(english, language)
    return Text(name, language) if name else Text(english, DEFAULT_LANGUAGE)


def english_holidays(country: str, year: int) -> list[str]:
    """The names in English of the holidays of a state in a year, by the package; several of one day are one text."""
    return list(_holidays_of(country, year, _variant(country, DEFAULT_LANGUAGE)).values())


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@cache
def _variant(country: str, language: str) -> str | None:
    """The source's variant of the reader's language (`ar_EG` for `ar`), else of English, else its own default."""
    supported = holidays.list_localized_countries(include_aliases=False).get(country, [])
    for wanted in (language, DEFAULT_LANGUAGE):
        fitting = [name for name in supported if name.split("_")[0] == wanted]
        if fitting:
            return next((name for name in PREFERRED_VARIANTS if name in fitting), sorted(fitting)[0])
    return None


@cache
def _holidays_of(country: str, year: int, variant: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=year, language=variant)


@cache
def _holiday_dates(country: str, year: int) -> frozenset[date]:
    """They are the same whatever the language of their names."""
    return frozenset(_holidays_of(country, year, _variant(country, DEFAULT_LANGUAGE)))
