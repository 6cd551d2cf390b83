"""The terms of the slot finder: what is looked for, what is found, and why. No database and no language here."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from trainapp.scheduling.spans import Span

HALF_HOUR = 30
ANY_WITHIN_DAYS = 21
"""Meetings on any days lie within so many days, the first and the last counted."""
COMFORT = (time(9, 30), time(16, 30))
"""The hours of a day that ask nothing special of anybody, by their own clocks."""


class Condition(StrEnum):
    """What a meeting has to keep, unless it is relaxed. Of the trainers one has to keep what is said of them."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OFFICE_HOURS = "office_hours"
    HOURS_ASKED = "hours_asked"
    OFFICE_BUSY = "office_busy"
    TRAINER_HOURS = "trainer_hours"
    TRAINER_BUSY = "trainer_busy"


OFFICE_CONDITIONS = tuple(Condition)[:5]
TRAINER_CONDITIONS = tuple(Condition)[5:]


class Pattern(StrEnum):
    """On which days the meetings of one slot lie."""

    CONSECUTIVE = "consecutive"
    ANY = "any"


@dataclass(frozen=True)
class AskedHours:
    """What an office asked for, by its clocks: ISO weekdays (none: any) and wall times (None: no bound)."""

    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    to_time: time | None = None


@dataclass(frozen=True)
class OfficeWeek:
    """When an office works. `weekend` are ISO weekdays; hours are wall times in `zone`.

    A meeting has to suit everything in `asked`: two requests of one office may be answered together.
    `past_late_minutes` is how much of its meetings lately lay outside `COMFORT`.
    """

    code: str
    zone: str
    weekend: frozenset[int]
    holidays: frozenset[date]
    work_start: time
    work_end: time
    asked: tuple[AskedHours, ...] = ()
    busy: tuple[Span, ...] = ()
    past_late_minutes: int = 0


@dataclass(frozen=True)
class TrainerWeek:
    """When a trainer works (`spans`, apart from each other) and what they have then (`busy`)."""

    id: int
    zone: str
    spans: tuple[Span, ...]
    busy: tuple[Span, ...] = ()
    past_late_minutes: int = 0


@dataclass(frozen=True)
class Search:
    """What is looked for: so many meetings of so many minutes, at one wall time of `zone`, from `first` to `last`.

    The first meeting does not begin before `not_before` (aware). Starts lie on a grid of `step_minutes` from midnight.
    """

    zone: str
    first: date
    last: date
    meetings: int
    minutes: int
    pattern: Pattern
    offices: tuple[OfficeWeek, ...]
    trainers: tuple[TrainerWeek, ...]
    not_before: datetime
    relaxed: frozenset[Condition] = frozenset()
    step_minutes: int = HALF_HOUR


class ReasonKind(StrEnum):
    """What speaks for a slot or against it, in the order in which it is told."""

    INSIDE_HOURS = "inside_hours"
    INSIDE_ASKED = "inside_asked"
    TRAINERS_FREE = "trainers_free"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OFFICE_BUSY = "office_busy"
    OFFICE_HOURS = "office_hours"
    HOURS_ASKED = "hours_asked"
    TRAINER_HOURS = "trainer_hours"
    TRAINER_BUSY = "trainer_busy"
    NO_TRAINER = "no_trainer"
    INCONVENIENT = "inconvenient"
    CLOCKS_CHANGE = "clocks_change"
    BRIDGE_DAY = "bridge_day"


FOR = frozenset({ReasonKind.INSIDE_HOURS, ReasonKind.INSIDE_ASKED, ReasonKind.TRAINERS_FREE})


@dataclass(frozen=True)
class Reason:
    """One fact for or against a slot.

    It concerns `office` (a code), `trainers` (ids) or a `zone` (for a trainer, their own). `meetings` are those of the
    slot it is true of, `days` the local days that are no usual working days. `minutes` is how much of the meetings lies
    outside `COMFORT`, and `past_minutes` how much did before at the same side.
    """

    kind: ReasonKind
    office: str | None = None
    trainers: tuple[int, ...] = ()
    zone: str | None = None
    meetings: tuple[Span, ...] = ()
    days: tuple[date, ...] = ()
    minutes: int = 0
    past_minutes: int = 0

    @property
    def is_for(self) -> bool:
        return self.kind in FOR


@dataclass(frozen=True)
class FoundSlot:
    """Meetings that keep every condition not relaxed, and the trainers who can teach all of them, the fittest first.

    The higher the `score` the better; `slot_ranking` says what it is made of.
    """

    meetings: tuple[Span, ...]
    trainers: tuple[int, ...]
    score: float
    reasons: tuple[Reason, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Relaxation:
    """How many slots there are when these conditions are given up as well, and the best of them."""

    conditions: tuple[Condition, ...]
    count: int
    best: FoundSlot


class BlockerKind(StrEnum):
    """Why there is no slot, as far as it is one side's doing."""

    NO_TIME_LEFT = "no_time_left"
    TOO_FEW_DAYS = "too_few_days"
    NO_TRAINER = "no_trainer"
    TRAINERS = "trainers"
    NO_WORKING_DAY = "no_working_day"
    OFFICE = "office"
    OFFICES = "offices"
    OFFICE_AND_TRAINERS = "office_and_trainers"


@dataclass(frozen=True)
class Blocker:
    """Who leaves no slot; `offices` are codes: one, or two that have nothing in common."""

    kind: BlockerKind
    offices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """The best slots in their order, how many there are in all, and where there is none, what would help."""

    slots: tuple[FoundSlot, ...]
    feasible_count: int
    relaxations: tuple[Relaxation, ...] = ()
    blockers: tuple[Blocker, ...] = ()
