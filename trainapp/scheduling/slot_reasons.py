"""What speaks for a slot and against it: facts only, each of which can be looked up on a clock or in a calendar."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from trainapp.scheduling.slot_chains import Chain
from trainapp.scheduling.slot_grid import LocalDay
from trainapp.scheduling.slot_ranking import Ranking
from trainapp.scheduling.slot_sides import OfficeSide, TrainerSide
from trainapp.scheduling.slot_terms import Condition, Reason, ReasonKind
from trainapp.scheduling.spans import Span

WORKING_TIME = (Condition.WEEKEND, Condition.HOLIDAY, Condition.OFFICE_HOURS)
KINDS = {
    Condition.OFFICE_BUSY: ReasonKind.OFFICE_BUSY,
    Condition.OFFICE_HOURS: ReasonKind.OFFICE_HOURS,
    Condition.HOURS_ASKED: ReasonKind.HOURS_ASKED,
    Condition.TRAINER_HOURS: ReasonKind.TRAINER_HOURS,
    Condition.TRAINER_BUSY: ReasonKind.TRAINER_BUSY,
}


def reasons_of(ranking: Ranking, chain: Chain) -> tuple[Reason, ...]:
    """Every reason, in the order of the kinds."""
    found = [
        *_of_all_offices(ranking, chain),
        *_of_trainers(ranking, chain),
        *(reason for side in ranking.offices for reason in _of_office(ranking, side, chain)),
        *_of_clocks(ranking, chain),
    ]
    kinds = list(ReasonKind)
    return tuple(sorted(found, key=lambda reason: kinds.index(reason.kind)))


def _of_all_offices(ranking: Ranking, chain: Chain) -> Iterator[Reason]:
    if ranking.offices and not any(_broken(side.breaks(WORKING_TIME), chain) for side in ranking.offices):
        yield Reason(ReasonKind.INSIDE_HOURS)
    asking = [side for side in ranking.offices if side.week.asked]
    if asking and not any(_broken(side.broken[Condition.HOURS_ASKED], chain) for side in asking):
        yield Reason(ReasonKind.INSIDE_ASKED)


def _of_trainers(ranking: Ranking, chain: Chain) -> Iterator[Reason]:
    numbers = ranking.by_fitness(chain)
    if not numbers:
        yield Reason(ReasonKind.NO_TRAINER)
        return
    sides = [ranking.trainers[number] for number in numbers]
    free = tuple(side.week.id for side in sides if not _broken(side.breaks(side.broken), chain))
    if free:
        yield Reason(ReasonKind.TRAINERS_FREE, trainers=free)
    for condition in (Condition.TRAINER_HOURS, Condition.TRAINER_BUSY):
        for side in sides:
            if cells := _broken(side.broken[condition], chain):
                yield Reason(KINDS[condition], trainers=(side.week.id,), meetings=_spans(ranking, cells))
    if reason := _inconvenient(ranking, sides[0], chain):
        yield replace(reason, trainers=(sides[0].week.id,), zone=sides[0].clock.zone.key)


def _of_office(ranking: Ranking, side: OfficeSide, chain: Chain) -> Iterator[Reason]:
    code = side.week.code
    for kind, cells, days in (
        (ReasonKind.WEEKEND, side.broken[Condition.WEEKEND], side.weekend),
        (ReasonKind.HOLIDAY, side.broken[Condition.HOLIDAY], side.holidays),
        (ReasonKind.BRIDGE_DAY, side.bridging, side.bridges),
    ):
        if meetings := _broken(cells, chain):
            touched = tuple(day.on for day in days if _is_touched(ranking, day, chain))
            yield Reason(kind, office=code, meetings=_spans(ranking, meetings), days=touched)
    for condition in (Condition.OFFICE_BUSY, Condition.OFFICE_HOURS, Condition.HOURS_ASKED):
        if meetings := _broken(side.broken[condition], chain):
            yield Reason(KINDS[condition], office=code, meetings=_spans(ranking, meetings))
    if reason := _inconvenient(ranking, side, chain):
        yield replace(reason, office=code)


def _inconvenient(ranking: Ranking, side: OfficeSide | TrainerSide, chain: Chain) -> Reason | None:
    """The early and late minutes of a side; None where there are none."""
    cells = [cell for cell in chain.cells if side.clock.discomfort[cell]]
    if not cells:
        return None
    return Reason(
        ReasonKind.INCONVENIENT,
        meetings=_spans(ranking, cells),
        minutes=sum(side.clock.discomfort[cell] for cell in cells),
        past_minutes=side.week.past_late_minutes,
    )


def _of_clocks(ranking: Ranking, chain: Chain) -> Iterator[Reason]:
    """The zones of the offices and of the fittest trainer whose people would meet at another hour than before."""
    sides = [*ranking.offices, *(ranking.trainers[number] for number in ranking.by_fitness(chain)[:1])]
    for clock in dict.fromkeys(side.clock for side in sides):
        if cells := ranking.hour_changes(clock, chain.cells):
            yield Reason(ReasonKind.CLOCKS_CHANGE, zone=clock.zone.key, meetings=_spans(ranking, cells))


def _is_touched(ranking: Ranking, day: LocalDay, chain: Chain) -> bool:
    starts, length = ranking.grid.starts, ranking.grid.length
    return any(starts[cell] < day.ends and day.begins < starts[cell] + length for cell in chain.cells)


def _broken(cells: int, chain: Chain) -> list[int]:
    """The meetings of a slot that are in a set."""
    return [cell for cell in chain.cells if cells >> cell & 1]


def _spans(ranking: Ranking, cells: Iterable[int]) -> tuple[Span, ...]:
    return tuple(ranking.grid.span(cell) for cell in cells)
