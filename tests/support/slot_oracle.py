"""What the slot finder has to find, said the slow way: a person with a calendar, looking at every minute."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from trainapp.scheduling.slot_terms import (
    AskedHours,
    Condition,
    OfficeWeek,
    Pattern,
    Search,
    TrainerWeek,
)
from trainapp.scheduling.spans import Span

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
OF_TRAINERS = {Condition.TRAINER_HOURS, Condition.TRAINER_BUSY}

Slots = dict[tuple[datetime, ...], set[int]]
"""The trainers who can teach all meetings, by the starts of the meetings."""


class Oracle:
    """Looks once at each start a meeting could have, and then counts with what it saw."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self._seen: dict[tuple[date, time], dict[OfficeWeek | TrainerWeek, set[Condition]] | None] = {}
        day = search.first
        while day <= search.last:
            for number in range(0, 24 * 60, search.step_minutes):
                wall = time(number // 60, number % 60)
                self._seen[day, wall] = self._look(day, wall)
            day += DAY

    def _look(self, day: date, wall: time) -> dict[OfficeWeek | TrainerWeek, set[Condition]] | None:
        start = self.start_of(day, wall)
        if start is None or start < self.search.not_before:
            return None
        minutes = self.minutes_from(start)
        return {
            **{office: broken_at_office(office, minutes) for office in self.search.offices},
            **{trainer: broken_for_trainer(trainer, minutes) for trainer in self.search.trainers},
        }

    def start_of(self, day: date, wall: time) -> datetime | None:
        """The first instant at which the zone's clocks show this; None where they never do."""
        zone = ZoneInfo(self.search.zone)
        start = datetime.combine(day, wall, zone).astimezone(UTC)
        return start if start.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, wall) else None

    def minutes_from(self, start: datetime) -> list[datetime]:
        return [start + number * MINUTE for number in range(self.search.minutes)]

    def slots(self, relaxed: Collection[Condition]) -> Slots:
        """Every slot when these conditions need not be kept."""
        kept = set(Condition) - set(relaxed)
        found: Slots = {}
        for (day, wall), seen in self._seen.items():
            if seen is not None:
                for days, trainer in self._chains(day, wall, kept):
                    starts = tuple(self._start(each, wall) for each in days)
                    found.setdefault(starts, set()).update(() if trainer is None else {trainer.id})
        if self.search.pattern is Pattern.ANY:
            self._complete(found, kept)
        return found

    def _start(self, day: date, wall: time) -> datetime:
        start = self.start_of(day, wall)
        assert start is not None
        return start

    def _chains(self, first: date, wall: time, kept: set[Condition]) -> Iterator[tuple[list[date], TrainerWeek | None]]:
        """From one day, for each trainer, the days of the slot where there is one."""
        trainers: list[TrainerWeek | None] = list(self.search.trainers)
        if not trainers and not kept & OF_TRAINERS:
            trainers = [None]
        for trainer in trainers:
            days = self._chain(first, wall, trainer, kept)
            if days is not None:
                yield days, trainer

    def _chain(self, first: date, wall: time, trainer: TrainerWeek | None, kept: set[Condition]) -> list[date] | None:
        days: list[date] = []
        day = first
        while len(days) < self.search.meetings:
            if day > self.search.last:
                return None
            if self.search.pattern is Pattern.ANY and (day - first).days >= 21:
                return None
            suits = self._suits(day, wall, trainer, kept)
            if day == first and not suits:
                return None
            if suits:
                days.append(day)
            elif self.search.pattern is Pattern.CONSECUTIVE and self._is_working_day(day, wall, kept):
                return None
            day += DAY
        return days

    def _is_working_day(self, day: date, wall: time, kept: set[Condition]) -> bool:
        seen = self._seen[day, wall]
        days_off = kept & {Condition.WEEKEND, Condition.HOLIDAY}
        if seen is None or any(seen[office] & days_off for office in self.search.offices):
            return False
        if Condition.TRAINER_HOURS not in kept:
            return True
        return any(Condition.TRAINER_HOURS not in seen[trainer] for trainer in self.search.trainers)

    def _suits(self, day: date, wall: time, trainer: TrainerWeek | None, kept: set[Condition]) -> bool:
        seen = self._seen[day, wall]
        if seen is None or any(seen[office] & kept for office in self.search.offices):
            return False
        return trainer is None or not seen[trainer] & kept

    def _complete(self, found: Slots, kept: set[Condition]) -> None:
        """A slot found for one trainer has every other who can teach all of it, too."""
        for starts, able in found.items():
            for trainer in self.search.trainers:
                broken = [broken_for_trainer(trainer, self.minutes_from(start)) for start in starts]
                if not any(each & kept for each in broken):
                    able.add(trainer.id)

    def helpful(self, most: int) -> dict[frozenset[Condition], int]:
        """The smallest sets of further conditions, up to so many, that give slots when given up, and how many."""
        left = set(Condition) - self.search.relaxed
        for number in range(1, most + 1):
            counts = {
                frozenset(each): len(self.slots(self.search.relaxed | set(each))) for each in combinations(left, number)
            }
            if any(counts.values()):
                return {each: count for each, count in counts.items() if count}
        return {}


def broken_at_office(office: OfficeWeek, minutes: list[datetime]) -> set[Condition]:
    """What a meeting breaks at an office, by every minute of it."""
    shown = [minute.astimezone(ZoneInfo(office.zone)) for minute in minutes]
    broken = set()
    if any(each.isoweekday() in office.weekend for each in shown):
        broken.add(Condition.WEEKEND)
    if any(each.date() in office.holidays for each in shown):
        broken.add(Condition.HOLIDAY)
    if not is_between(shown, office.zone, office.work_start, office.work_end):
        broken.add(Condition.OFFICE_HOURS)
    if not all(is_asked(asked, shown, office.zone) for asked in office.asked):
        broken.add(Condition.HOURS_ASKED)
    if any(is_in(minute, busy) for minute in minutes for busy in office.busy):
        broken.add(Condition.OFFICE_BUSY)
    return broken


def broken_for_trainer(trainer: TrainerWeek, minutes: list[datetime]) -> set[Condition]:
    broken = set()
    if not all(any(is_in(minute, span) for span in trainer.spans) for minute in minutes):
        broken.add(Condition.TRAINER_HOURS)
    if any(is_in(minute, busy) for minute in minutes for busy in trainer.busy):
        broken.add(Condition.TRAINER_BUSY)
    return broken


def is_in(minute: datetime, span: Span) -> bool:
    return span.starts_at <= minute < span.ends_at


def is_asked(asked: AskedHours, shown: list[datetime], zone: str) -> bool:
    if asked.weekdays and shown[0].isoweekday() not in asked.weekdays:
        return False
    if asked.from_time is None and asked.to_time is None:
        return True
    return is_between(shown, zone, asked.from_time, asked.to_time)


def is_between(shown: list[datetime], zone: str, first: time | None, last: time | None) -> bool:
    """On one day, not begun before the one time, and over when a clock shows the other."""
    if len({each.date() for each in shown}) > 1:
        return False
    end = (shown[-1].astimezone(UTC) + MINUTE).astimezone(ZoneInfo(zone))
    starts_in_time = first is None or first <= shown[0].time()
    return starts_in_time and (last is None or (end.date() == shown[0].date() and end.time() <= last))


def discomfort(minutes: list[datetime], zone: str) -> int:
    """How many of the minutes lie before half past nine or after half past four."""
    walls = [minute.astimezone(ZoneInfo(zone)).time() for minute in minutes]
    return sum(wall < time(9, 30) or wall >= time(16, 30) for wall in walls)
