"""The sides of a search, each office and each trainer: at which starts a meeting breaks which of its conditions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import reduce
from operator import or_

from trainapp.scheduling.slot_grid import DAY, Clock, Grid, LocalDay, seconds_of
from trainapp.scheduling.slot_terms import AskedHours, Condition, OfficeWeek, TrainerWeek
from trainapp.scheduling.spans import Span


@dataclass(frozen=True, kw_only=True)
class Side:
    """Sets of cells (see `slot_grid`) that break a condition."""

    clock: Clock
    broken: Mapping[Condition, int]

    def breaks(self, conditions: Iterable[Condition]) -> int:
        """The cells that break any of these."""
        return union(self.broken.get(condition, 0) for condition in conditions)


@dataclass(frozen=True, kw_only=True)
class OfficeSide(Side):
    """The local days that differ from others; `bridging` are the cells that touch one of the `bridges`."""

    week: OfficeWeek
    weekend: tuple[LocalDay, ...]
    holidays: tuple[LocalDay, ...]
    bridges: tuple[LocalDay, ...]
    bridging: int


@dataclass(frozen=True, kw_only=True)
class TrainerSide(Side):
    week: TrainerWeek


def office_side(grid: Grid, week: OfficeWeek) -> OfficeSide:
    clock = grid.clock(week.zone)
    weekend = tuple(day for day in clock.days if day.on.isoweekday() in week.weekend)
    holidays = tuple(day for day in clock.days if day.on in week.holidays)
    bridges = tuple(day for day in clock.days if is_bridge(week, day.on))
    broken = {
        Condition.WEEKEND: _touching(grid, weekend),
        Condition.HOLIDAY: _touching(grid, holidays),
        Condition.OFFICE_HOURS: ~_within(grid, clock, clock.days, week.work_start, week.work_end),
        Condition.HOURS_ASKED: union(~_suiting(grid, clock, asked) for asked in week.asked),
        Condition.OFFICE_BUSY: _overlapping(grid, week.busy),
    }
    everything = (1 << len(grid.starts)) - 1
    return OfficeSide(
        clock=clock,
        broken={condition: cells & everything for condition, cells in broken.items()},
        week=week,
        weekend=weekend,
        holidays=holidays,
        bridges=bridges,
        bridging=_touching(grid, bridges),
    )


def trainer_side(grid: Grid, week: TrainerWeek) -> TrainerSide:
    works = union(grid.inside(*_seconds(span)) for span in week.spans)
    everything = (1 << len(grid.starts)) - 1
    broken = {
        Condition.TRAINER_HOURS: everything & ~works,
        Condition.TRAINER_BUSY: _overlapping(grid, week.busy),
    }
    return TrainerSide(clock=grid.clock(week.zone), broken=broken, week=week)


def is_bridge(week: OfficeWeek, day: date) -> bool:
    """Whether a day is a working day between two days off, of which one is a holiday: many people are away then."""
    beside = (day - DAY, day + DAY)
    is_between = all(_is_off(week, each) for each in beside) and any(each in week.holidays for each in beside)
    return is_between and not _is_off(week, day)


def _is_off(week: OfficeWeek, day: date) -> bool:
    return day.isoweekday() in week.weekend or day in week.holidays


def union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _touching(grid: Grid, days: Iterable[LocalDay]) -> int:
    return union(grid.touching(day.begins, day.ends) for day in days)


def _overlapping(grid: Grid, busy: Iterable[Span]) -> int:
    return union(grid.touching(*_seconds(span)) for span in busy)


def _seconds(span: Span) -> tuple[float, float]:
    return span.starts_at.timestamp(), span.ends_at.timestamp()


def _suiting(grid: Grid, clock: Clock, asked: AskedHours) -> int:
    """The cells within what was asked for; its weekday is that of the start."""
    days = [day for day in clock.days if not asked.weekdays or day.on.isoweekday() in asked.weekdays]
    if asked.from_time is None and asked.to_time is None:
        return union(grid.starting(day.begins, day.ends) for day in days)
    return _within(grid, clock, days, asked.from_time, asked.to_time)


def _within(grid: Grid, clock: Clock, days: Iterable[LocalDay], first: time | None, last: time | None) -> int:
    """The cells whose meeting lies on one of the days and between these wall times; None sets no bound."""
    return union(_within_day(grid, clock, day, first, last) for day in days)


def _within_day(grid: Grid, clock: Clock, day: LocalDay, first: time | None, last: time | None) -> int:
    if day.is_even:
        begins = day.begins + (seconds_of(first) if first else 0)
        ends = day.begins + seconds_of(last) if last else day.ends
        return grid.inside(begins, ends)
    cells = range(*grid.inside_range(day.begins, day.ends))
    return union(1 << cell for cell in cells if _reads_within(grid, clock, cell, first, last))


def _reads_within(grid: Grid, clock: Clock, cell: int, first: time | None, last: time | None) -> bool:
    """Whether the clocks show no earlier time at the start and no later one at the end, on a day when they change."""
    start, end = (_wall(clock, at) for at in (grid.starts[cell], grid.starts[cell] + grid.length))
    ends_in_time = last is None or (end.time() <= last and end.date() == start.date())
    return (first is None or start.time() >= first) and ends_in_time


def _wall(clock: Clock, at: int) -> datetime:
    return clock.local(at).replace(tzinfo=None)
