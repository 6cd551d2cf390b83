"""What stands against a time at an office: its weekend, its public holidays by name, its hours, its clocks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from trainapp.core.clashes import Clash, ClashKind, Severity
from trainapp.core.languages import Text, _, current_language, direction_of
from trainapp.core.timefmt import day, moment, span, zone_city
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.working_time import days_off

Times = tuple[datetime, datetime]


@dataclass(frozen=True)
class WeeklyHours:
    """Wall times in an office's zone that suit it, on these ISO weekdays (none: every working day)."""

    weekdays: tuple[int, ...]
    from_time: time | None
    to_time: time | None

    def covers(self, starts_at: datetime, ends_at: datetime, zone: str) -> bool:
        """Whether a meeting lies wholly within them."""
        start, end = (instant.astimezone(ZoneInfo(zone)) for instant in (starts_at, ends_at))
        if self.weekdays and start.isoweekday() not in self.weekdays:
            return False
        return within(start, end, self.from_time, self.to_time)


def within(start: datetime, end: datetime, first: time | None, last: time | None) -> bool:
    """Whether wall times lie on one day between two others; None sets no bound, and midnight at the end is a bound."""
    if first is None and last is None:
        return True
    if start.date() != (end - timedelta(microseconds=1)).date():
        return False
    starts_in_time = first is None or start.time() >= first
    ends_in_time = last is None or (end.time() <= last and end.date() == start.date())
    return starts_in_time and ends_in_time


def office_clashes(office: Office, times: Times, asked: WeeklyHours | None = None) -> Iterator[Clash]:
    """What stands against one meeting at an office, by the office's own clocks, in the language being spoken."""
    starts_at, ends_at = times
    yield from _days_off(office, times)
    zone = ZoneInfo(office.zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    when = span(starts_at, ends_at, office.zone)
    name = office_name(office)
    if not within(start, end, office.work_start, office.work_end):
        sentence = _("This is outside the working hours of this office (%(office)s): %(when)s.", office=name, when=when)
        yield Clash(ClashKind.OFFICE_HOURS, Severity.WARNS, name, when, starts_at, sentence)
    if asked is not None and not asked.covers(starts_at, ends_at, office.zone):
        sentence = _("This is outside the hours this office asked for (%(office)s): %(when)s.", office=name, when=when)
        yield Clash(ClashKind.HOURS_ASKED, Severity.WARNS, name, when, starts_at, sentence)


def touched_days(times: Times, zone: str) -> list[date]:
    """The local days a meeting touches; one that ends at midnight does not touch the next."""
    start = times[0].astimezone(ZoneInfo(zone))
    end = (times[1] - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
    return sorted({start.date(), end.date()})


def _days_off(office: Office, times: Times) -> Iterator[Clash]:
    name = office_name(office)
    when = span(*times, office.zone)
    for off in days_off(office, touched_days(times, office.zone)):
        if off.holiday is not None:
            template = escape(_("%(day)s is a public holiday for this office (%(office)s): %(holiday)s."))
            sentence: str | Markup = template % {"day": day(off.on), "office": name, "holiday": marked(off.holiday)}
            yield Clash(ClashKind.OFFICE_HOLIDAY, Severity.WARNS, name, when, times[0], sentence)
        if off.is_weekend:
            sentence = _("%(day)s is a weekend day for this office (%(office)s).", day=day(off.on), office=name)
            yield Clash(ClashKind.OFFICE_WEEKEND, Severity.WARNS, name, when, times[0], sentence)


def clock_changes(zones: Iterable[str], meetings: Iterable[Times]) -> Iterator[Clash]:
    """The clocks of a zone change between two meetings, so that its people meet at another hour than before."""
    pairs = list(pairwise(sorted(meetings)))
    for zone in dict.fromkeys(zones):
        for (before, _end), (after, _later) in pairs:
            offsets = [instant.astimezone(ZoneInfo(zone)).utcoffset() for instant in (before, after)]
            if offsets[0] != offsets[1]:
                city, when = zone_city(zone, current_language()), moment(after, zone)
                sentence = _("The clocks change there before this meeting (%(city)s): %(when)s.", city=city, when=when)
                yield Clash(ClashKind.CLOCKS_CHANGE, Severity.NOTES, city, when, after, sentence)


def marked(text: Text) -> str | Markup:
    """A text with its language where it is not that of the page."""
    if text.language == current_language():
        return text.text
    return Markup('<span lang="{}" dir="{}">{}</span>').format(text.language, direction_of(text.language), text.text)
