"""Dates and times as a reader reads them: by CLDR, and every time with the name of its zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global
from babel.dates import (
    format_date,
    format_interval,
    format_skeleton,
    format_time,
    get_datetime_format,
)
from babel.lists import format_list
from babel.numbers import format_decimal

from trainapp.core.clock import quarter_of
from trainapp.core.errors import DomainError
from trainapp.core.languages import LANGUAGES, current_language, lazy, locale_of

UTC_NAME = "UTC"
MINUTES_PER_HOUR = 60
DATE_TIME_PATTERNS = {"pt": "{1}, {0}"}
"""Where CLDR's own pattern puts nothing but a space between a date in words and the time."""
SEPARATORS = {"ar": "، ", "ja": "、", "zh": "，"}
"""What stands between a time and its zone, where it is not a comma and a space."""


@dataclass(frozen=True)
class TimeLine:
    """One line of "when": a time and the name of its zone; `own` marks the reader's zone, which comes first."""

    text: str
    zone: str
    own: bool
    separator: str = ", "

    def __str__(self) -> str:
        return f"{self.text}{self.separator}{self.zone}" if self.zone else self.text


@cache
def known_zones() -> frozenset[str]:
    """The IANA zones a person may choose: those of places, and UTC."""
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    ) | {UTC_NAME}


def parse_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `DomainError` for one that is not known."""
    if name not in known_zones():
        raise DomainError(lazy("There is no time zone of this name. Choose one from the list."), "zone")
    return _zone(name)


@cache
def _zone(name: str) -> ZoneInfo:
    """A zone, read once; the standard library keeps only the eight used last."""
    return ZoneInfo(name)


def utc_offset(zone: str, at: datetime) -> str:
    """`UTC+3`, `UTC−3:30`: the offset of a zone at an instant, in the signs every language here reads."""
    offset = at.astimezone(_zone(zone)).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return UTC_NAME
    sign = "+" if minutes > 0 else "\u2212"
    hours, rest = divmod(abs(minutes), MINUTES_PER_HOUR)
    return f"{UTC_NAME}{sign}{hours}" + (f":{rest:02d}" if rest else "")


@cache
def zone_city(zone: str, language: str) -> str:
    """The exemplar city of a zone in the reader's language, by CLDR (`Nairobi`, `Найроби`)."""
    if zone == UTC_NAME:
        return UTC_NAME
    names = locale_of(language).time_zones
    for name in (zone, *_old_names().get(zone, ())):
        city = names.get(name, {}).get("city")
        if city:
            return str(city)
    return zone.rsplit("/", 1)[-1].replace("_", " ")


@cache
def _old_names() -> dict[str, list[str]]:
    """CLDR keeps the cities of renamed zones under their old names (`Asia/Katmandu`)."""
    old_names: dict[str, list[str]] = {}
    for old, new in get_global("zone_aliases").items():
        old_names.setdefault(new, []).append(old)
    return old_names


def zone_label(zone: str, at: datetime, language: str | None = None) -> str:
    """`Nairobi (UTC+3)`: the name of a zone as it stands beside a time."""
    if zone == UTC_NAME:
        return UTC_NAME
    return f"{zone_city(zone, language or current_language())} ({utc_offset(zone, at)})"


def zone_choices(at: datetime, language: str | None = None) -> list[tuple[str, str]]:
    """Every zone with its label, ordered by offset, then by name in the reader's language."""
    return list(_zone_choices(quarter_of(at), language or current_language()))


@lru_cache(maxsize=4 * len(LANGUAGES))
def _zone_choices(at: datetime, reader: str) -> tuple[tuple[str, str], ...]:
    """The same for a quarter of an hour: within one no offset changes."""

    def place(zone: str) -> tuple[timedelta, str]:
        return at.astimezone(_zone(zone)).utcoffset() or timedelta(), zone_city(zone, reader)

    return tuple((zone, zone_label(zone, at, reader)) for zone in sorted(_offered_zones(), key=place))


@cache
def _offered_zones() -> frozenset[str]:
    """Known zones but the old names of others, by CLDR: one name for each."""
    return known_zones() - frozenset(get_global("zone_aliases"))


def day(value: date, language: str | None = None) -> str:
    """A date with its weekday: `Monday, July 6, 2026`."""
    return format_date(value, "full", locale=locale_of(language or current_language()))


def short_day(value: date, language: str | None = None) -> str:
    """A date without its weekday: `Jul 6, 2026`."""
    return format_date(value, "medium", locale=locale_of(language or current_language()))


def month(value: date, language: str | None = None) -> str:
    """`July 2026`, standing alone."""
    locale = locale_of(language or current_language())
    pattern = locale.datetime_skeletons["yMMMM"]
    return format_date(value, pattern.pattern, locale=locale)


def month_name(value: date, language: str | None = None) -> str:
    """The month of a date without its year, standing alone and short: `Jul`."""
    return format_date(value, "LLL", locale=locale_of(language or current_language()))


def weekday_name(weekday: int, language: str | None = None) -> str:
    """An ISO weekday (1 is Monday), standing alone: `Monday`."""
    names = locale_of(language or current_language()).days["stand-alone"]["wide"]
    return str(names[weekday - 1])


def month_days(dates: Sequence[date], language: str | None = None) -> str:
    """Dates of a year that is already said: `Jul 6 – 8, Jul 12`."""
    return _dates(dates, "MMMd", language)


def hours(starts_at: datetime, ends_at: datetime, zone: str, language: str | None = None) -> str:
    """From when to when, where the day and the zone are already said: `10:00 – 11:30`."""
    reader = language or current_language()
    start, end = (instant.astimezone(_zone(zone)) for instant in (starts_at, ends_at))
    return _interval(_clock(start, reader), _clock(end, reader))


def wall_hours(first: time, last: time, language: str | None = None) -> str:
    """Two wall times, where the zone is already said: `9:00 – 17:00`."""
    reader = language or current_language()
    start, end = (datetime.combine(date(2000, 1, 1), wall, UTC) for wall in (first, last))
    return _interval(_clock(start, reader), _clock(end, reader))


def moment(instant: datetime, zone: str, language: str | None = None) -> str:
    """One instant with its zone: `Monday, July 6, 2026, 10:00, Nairobi (UTC+3)`."""
    reader = language or current_language()
    local = instant.astimezone(_zone(zone))
    return _with_zone(_date_and_time(local.date(), _clock(local, reader), reader), zone, instant, reader)


def span(starts_at: datetime, ends_at: datetime, zone: str, language: str | None = None) -> str:
    """From when to when, with the zone: one date where both fall on it, else both dates."""
    return str(_line(starts_at, ends_at, zone, language or current_language(), own=True))


def _line(starts_at: datetime, ends_at: datetime, zone: str, reader: str, *, own: bool) -> TimeLine:
    start, end = (instant.astimezone(_zone(zone)) for instant in (starts_at, ends_at))
    start_time, end_time = _clock(start, reader), _clock(end, reader)
    if start.date() == end.date():
        text = _date_and_time(start.date(), _interval(start_time, end_time), reader)
    else:
        text = _interval(_date_and_time(start.date(), start_time, reader), _date_and_time(end.date(), end_time, reader))
    return TimeLine(text, zone_label(zone, starts_at, reader), own, SEPARATORS.get(reader, ", "))


def time_lines(
    starts_at: datetime, ends_at: datetime, own: str, others: Iterable[str], language: str | None = None
) -> list[TimeLine]:
    """The reader's own time first, then the other zones, each once."""
    zones = list(dict.fromkeys([own, *others]))
    reader = language or current_language()
    return [_line(starts_at, ends_at, zone, reader, own=zone == own) for zone in zones]


def day_line(value: date, language: str | None = None) -> TimeLine:
    """A day whose hours are not known."""
    return TimeLine(day(value, language), "", own=True)


def days(dates: Sequence[date], language: str | None = None) -> str:
    """Dates as people write them: a run as an interval, days apart as a list (`Sep 20 – 22, 2021`)."""
    return _dates(dates, "yMMMd", language)


def _dates(dates: Sequence[date], skeleton: str, language: str | None) -> str:
    locale = locale_of(language or current_language())
    runs = _runs(sorted(set(dates)))
    texts = [
        format_skeleton(skeleton, first, locale=locale)
        if first == last
        else format_interval(first, last, skeleton, locale=locale)
        for first, last in runs
    ]
    return format_list(texts, locale=locale)


def number(value: float | int, language: str | None = None) -> str:
    return str(format_decimal(value, locale=locale_of(language or current_language())))


def listed(texts: Iterable[str], language: str | None = None) -> str:
    """`a, b and c` by CLDR; empty for nothing."""
    items = [str(text) for text in texts]
    return format_list(items, locale=locale_of(language or current_language())) if items else ""


def _clock(local: datetime, language: str) -> str:
    """The time of day; in Korean with 오전 and 오후 in full, as people write it."""
    style = "aaaa h:mm" if language == "ko" else "short"
    text = format_time(local, style, tzinfo=local.tzinfo, locale=locale_of(language))
    return "\xa0".join(text.split())  # the hour and its half of the day stay on one line


def _interval(first: str, last: str) -> str:
    """Two times that stay on one line."""
    return f"{first}\u202f\u2013\u202f{last}"


def _date_and_time(value: date, hours: str, language: str) -> str:
    pattern = DATE_TIME_PATTERNS.get(language) or str(get_datetime_format("medium", locale=locale_of(language)))
    return pattern.replace("'", "").replace("{1}", day(value, language)).replace("{0}", hours)


def _with_zone(text: str, zone: str, at: datetime, language: str) -> str:
    return f"{text}{SEPARATORS.get(language, ', ')}{zone_label(zone, at, language)}"


def _runs(dates: Sequence[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for value in dates:
        if runs and value - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return runs
