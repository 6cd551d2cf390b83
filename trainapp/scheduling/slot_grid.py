"""Every start a meeting could have in a period, and sets of them as the bits of one number.

A *cell* is a wall time of a day; cells are counted day by day. Sets are plain integers, so that "suits all of them" is
one AND whatever the number of offices, and giving up a condition needs no second search.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from trainapp.scheduling.slot_terms import COMFORT, Search
from trainapp.scheduling.spans import Span

DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60
DAY_SECONDS = DAY_MINUTES * 60


@cache
def zone_of(name: str) -> ZoneInfo:
    """A zone, read once; the standard library keeps only the eight used last."""
    return ZoneInfo(name)


def days_between(first: date, last: date) -> list[date]:
    """Both counted; none where the last comes before the first."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def seconds_of(wall: time) -> int:
    """From midnight to a wall time."""
    return wall.hour * 3600 + wall.minute * 60 + wall.second


@dataclass(frozen=True)
class LocalDay:
    """A date by somebody's clocks, from its first second to the next day's (seconds since 1970)."""

    on: date
    begins: int
    ends: int

    @property
    def is_even(self) -> bool:
        """Whether no clock changes in it."""
        return self.ends - self.begins == DAY_SECONDS


class Grid:
    """The cells of a search. `starts` are seconds since 1970, rising; `open` are the cells that can be used at all;
    `home` is the clock of the search's zone.

    A wall time that the zone's clocks skip is no start. One that they show twice is taken as the first of the two: the
    grid has one start for one wall time, and the first is what a calendar program takes it for (PEP 495, fold 0).
    """

    def __init__(self, search: Search) -> None:
        self.days = days_between(search.first, search.last)
        self.walls = [time(*divmod(minutes, 60)) for minutes in range(0, DAY_MINUTES, search.step_minutes)]
        self.length = search.minutes * 60
        self.starts: list[int] = []
        self.open = 0
        self._clocks: dict[str, Clock] = {}
        earliest = search.not_before.timestamp()
        zone = zone_of(search.zone)
        for day in self.days:
            for wall in self.walls:
                self._add(datetime.combine(day, wall, zone), earliest)
        self.home = self.clock(search.zone)

    def _add(self, first: datetime, earliest: float) -> None:
        second = first.replace(fold=1)
        before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
        is_skipped = before < after
        start = int((second if is_skipped else first).timestamp())
        if not is_skipped and start >= earliest:
            self.open |= 1 << len(self.starts)
        # A skipped time only has to keep its place in the order.
        self.starts.append(max(start, self.starts[-1]) if self.starts else start)

    def span(self, cell: int) -> Span:
        """The meeting that begins there."""
        start = self.starts[cell]
        return Span(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(start + self.length, UTC))

    def touching(self, begins: float, ends: float) -> int:
        """The cells whose meeting has a moment in common with this time."""
        return _bits(bisect_right(self.starts, begins - self.length), bisect_left(self.starts, ends))

    def inside(self, begins: float, ends: float) -> int:
        """The cells whose meeting lies wholly within this time."""
        return _bits(*self.inside_range(begins, ends))

    def inside_range(self, begins: float, ends: float) -> tuple[int, int]:
        return bisect_left(self.starts, begins), bisect_right(self.starts, ends - self.length)

    def starting(self, begins: float, ends: float) -> int:
        """The cells whose meeting begins within this time."""
        return _bits(bisect_left(self.starts, begins), bisect_left(self.starts, ends))

    def clock(self, zone: str) -> "Clock":
        """The cells by the clocks of a zone; made once for all who keep it."""
        if zone not in self._clocks:
            self._clocks[zone] = Clock(self, zone)
        return self._clocks[zone]

    def columns(self, cells: int) -> list[str]:
        """A set of cells for each wall time: one character for each day, `1` where it is in the set."""
        bits = format(cells, f"0{len(self.starts)}b")[::-1]
        return [bits[number :: len(self.walls)] for number in range(len(self.walls))]

    def cell(self, day: int, wall: int) -> int:
        return day * len(self.walls) + wall

    def members(self, cells: int) -> list[int]:
        """The cells of a set."""
        bits = format(cells, "b")[::-1]
        return [cell for cell, bit in enumerate(bits) if bit == "1"]


class Clock:
    """The cells of a grid as the clocks of one zone show them.

    `days` are the local days that meetings touch; `offsets` the seconds the zone is ahead of UTC at each start.
    """

    def __init__(self, grid: Grid, zone: str) -> None:
        self._grid = grid
        self.zone = zone_of(zone)
        first, last = (self.local(at).date() for at in (grid.starts[0], grid.starts[-1] + grid.length))
        # A day more on either side, for the days off beside the first and the last.
        self.days = [self._day(day) for day in days_between(first - DAY, last + DAY)]
        self.offsets = [0] * len(grid.starts)
        for day in self.days:
            begin, end = (bisect_left(grid.starts, at) for at in (day.begins, day.ends))
            if day.is_even:
                self.offsets[begin:end] = [self.offset(day.begins)] * (end - begin)
            else:
                self.offsets[begin:end] = [self.offset(start) for start in grid.starts[begin:end]]
        self.has_changes = len(set(self.offsets)) > 1
        self.discomfort = self._discomfort()

    def local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at, self.zone)

    def offset(self, at: int) -> int:
        return int((self.local(at).utcoffset() or timedelta()).total_seconds())

    def _day(self, day: date) -> LocalDay:
        begins, ends = (int(datetime.combine(each, time(), self.zone).timestamp()) for each in (day, day + DAY))
        return LocalDay(day, begins, ends)

    def _discomfort(self) -> list[int]:
        """For each cell the minutes of its meeting at which these clocks show an hour outside `COMFORT`."""
        starts, minutes = self._grid.starts, self._grid.length // 60
        found = [
            discomfort_minutes((start + offset) % DAY_SECONDS // 60, minutes)
            for start, offset in zip(starts, self.offsets, strict=True)
        ]
        for cell in self._changing_in_the_meeting():
            found[cell] = self._minute_by_minute(starts[cell], minutes)
        return found

    def _changing_in_the_meeting(self) -> list[int]:
        """The cells during whose meeting these clocks change."""
        starts, length = self._grid.starts, self._grid.length
        last = self.offset(starts[-1] + length)
        if not self.has_changes and last == self.offsets[-1]:
            return []
        # Only those may be whose clocks differ at the same start a day later; few are left to be asked one by one.
        day = len(self._grid.walls)
        later = self.offsets[day:] + [last] * day
        return [
            cell
            for cell, (before, after) in enumerate(zip(self.offsets, later, strict=True))
            if before != after and self.offset(starts[cell] + length) != before
        ]

    def _minute_by_minute(self, start: int, minutes: int) -> int:
        walls = (self.local(start + 60 * number).time() for number in range(minutes))
        return sum(not COMFORT[0] <= wall < COMFORT[1] for wall in walls)


@cache
def discomfort_minutes(start: int, minutes: int) -> int:
    """How much of a meeting lies outside `COMFORT`; the start is in minutes from midnight."""
    first, last = (seconds_of(wall) // 60 for wall in COMFORT)
    inside = 0
    for midnight in range(0, start + minutes, DAY_MINUTES):
        inside += max(0, min(start + minutes, midnight + last) - max(start, midnight + first))
    return minutes - inside


def _bits(begin: int, end: int) -> int:
    return ((1 << (end - begin)) - 1) << begin if begin < end else 0
