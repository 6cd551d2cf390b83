"""The slot finder: every slot that suits all sides, the best first; and where there is none, what would help.

A pure search over `slot_terms.Search`: a grid of starts (`slot_grid`), what each side says to each (`slot_sides`), days
joined to slots (`slot_chains`), their scores (`slot_ranking`) and reasons (`slot_reasons`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from trainapp.scheduling.slot_chains import Chain, Suiting, chains
from trainapp.scheduling.slot_grid import Grid
from trainapp.scheduling.slot_ranking import Ranking
from trainapp.scheduling.slot_reasons import reasons_of
from trainapp.scheduling.slot_sides import OfficeSide, office_side, trainer_side, union
from trainapp.scheduling.slot_terms import (
    FOR,
    OFFICE_CONDITIONS,
    TRAINER_CONDITIONS,
    AskedHours,
    Blocker,
    BlockerKind,
    Condition,
    FoundSlot,
    OfficeWeek,
    Pattern,
    Reason,
    ReasonKind,
    Relaxation,
    Result,
    Search,
    TrainerWeek,
)
from trainapp.scheduling.spans import Span

MOST_SHOWN = 12
MOST_RELAXED = 3
"""So many conditions are given up together, at the most, to say what would help."""
MOST_PAIRS = 3
DAYS_OFF = (Condition.WEEKEND, Condition.HOLIDAY)

Ranked = tuple[float, Chain]


def find_slots(search: Search, most: int = MOST_SHOWN) -> Result:
    """The best slots of a search; `most` of them, and how many there are.

    The list begins with the best slot of each day on which one can begin, so that it is no list of half-hours of one
    day; then come the second best of each day, and so on. Where there is no slot, the result says which conditions
    would have to be relaxed (the fewest together), how many slots that gives, and which sides leave none.
    """
    if search.last < search.first:
        return Result((), 0, (), (Blocker(BlockerKind.NO_TIME_LEFT),))
    field = _Field(search)
    ranked = field.ranked(search.relaxed)
    if not ranked:
        return Result((), 0, tuple(_relaxations(field)), tuple(_blockers(field)))
    shown = _best_of_each_day_first(field.grid, ranked)[:most]
    return Result(tuple(field.found(each) for each in shown), len(ranked))


class _Field:
    """A search with everything that is asked of it more than once."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.grid = Grid(search)
        self.offices = [office_side(self.grid, week) for week in search.offices]
        self.trainers = [trainer_side(self.grid, week) for week in search.trainers]
        self.ranking = Ranking(self.grid, self.offices, self.trainers)

    def suiting(
        self,
        relaxed: Collection[Condition],
        offices: Sequence[OfficeSide] | None = None,
        *,
        asks_for_trainers: bool = True,
    ) -> Suiting:
        """What suits all offices, or those given, and each trainer, when these conditions are given up."""
        sides = self.offices if offices is None else offices
        days_off = [each for each in DAYS_OFF if each not in relaxed]
        kept = [each for each in OFFICE_CONDITIONS if each not in relaxed]
        of_trainers = [each for each in TRAINER_CONDITIONS if each not in relaxed]
        # Where nothing is asked of trainers, dates can be found before there is one.
        asks = asks_for_trainers and (self.trainers or of_trainers)
        works = self.grid.open & ~union(side.breaks(days_off) for side in sides)
        if asks and Condition.TRAINER_HOURS in of_trainers:
            works &= union(~side.broken[Condition.TRAINER_HOURS] for side in self.trainers)
        return Suiting(
            workable=works,
            offices=self.grid.open & ~union(side.breaks(kept) for side in sides),
            trainers=[~side.breaks(of_trainers) & self.grid.open for side in self.trainers] if asks else None,
        )

    def chains(self, suiting: Suiting) -> Iterator[Chain]:
        return chains(self.grid, suiting, self.search.pattern, self.search.meetings)

    def ranked(self, relaxed: Collection[Condition]) -> list[Ranked]:
        """Every slot with its score, the best first; the earlier where two are alike."""
        found = [(self.ranking.score(chain), chain) for chain in self.chains(self.suiting(relaxed))]
        return sorted(found, key=lambda each: (-each[0], each[1].cells))

    def has_any(self, suiting: Suiting) -> bool:
        return next(self.chains(suiting), None) is not None

    def found(self, ranked: Ranked) -> FoundSlot:
        score, chain = ranked
        return FoundSlot(
            meetings=tuple(self.grid.span(cell) for cell in chain.cells),
            trainers=tuple(self.trainers[number].week.id for number in self.ranking.by_fitness(chain)),
            score=score,
            reasons=reasons_of(self.ranking, chain),
        )


def _best_of_each_day_first(grid: Grid, ranked: Iterable[Ranked]) -> list[Ranked]:
    counts: dict[int, int] = {}
    rounds: list[tuple[int, Ranked]] = []
    for each in ranked:
        day = each[1].cells[0] // len(grid.walls)
        rounds.append((counts.get(day, 0), each))
        counts[day] = counts.get(day, 0) + 1
    return [each for _round, each in sorted(rounds, key=lambda pair: pair[0])]


def _relaxations(field: _Field) -> Iterator[Relaxation]:
    """The fewest conditions that have to be given up together: every choice of so many that gives a slot."""
    kept = [condition for condition in Condition if condition not in field.search.relaxed]
    for number in range(1, min(MOST_RELAXED, len(kept)) + 1):
        helpful = [
            Relaxation(conditions, len(ranked), field.found(ranked[0]))
            for conditions in combinations(kept, number)
            if (ranked := field.ranked(field.search.relaxed | set(conditions)))
        ]
        if helpful:
            yield from sorted(helpful, key=lambda each: -each.best.score)
            return


def _blockers(field: _Field) -> Iterator[Blocker]:
    """Who leaves no slot; where it is none of these, it is all sides together."""
    nothing_kept = field.suiting(frozenset(Condition), asks_for_trainers=False)
    if not field.grid.open:
        yield Blocker(BlockerKind.NO_TIME_LEFT)
        return
    if not field.has_any(nothing_kept):
        yield Blocker(BlockerKind.TOO_FEW_DAYS)
        return
    alone = [side for side in field.offices if not field.has_any(_of_offices(field, side))]
    yield from (Blocker(_why_alone(field, side), (side.week.code,)) for side in alone)
    if not field.trainers:
        yield Blocker(BlockerKind.NO_TRAINER)
    elif _trainers_block(field, nothing_kept.offices):
        yield Blocker(BlockerKind.TRAINERS)
    elif not alone:
        yield from _pairs(field)


def _trainers_block(field: _Field, everything: int) -> bool:
    """Whether no trainer could teach a slot even if it suited the offices at any hour of the days they work."""
    relaxed = field.search.relaxed
    without, with_them = (
        replace(field.suiting(relaxed, asks_for_trainers=asks), offices=everything) for asks in (False, True)
    )
    return field.has_any(without) and not field.has_any(with_them)


def _of_offices(field: _Field, *sides: OfficeSide) -> Suiting:
    return field.suiting(field.search.relaxed, sides, asks_for_trainers=False)


def _why_alone(field: _Field, side: OfficeSide) -> BlockerKind:
    """Whether the office has no working day in the period, or its other conditions leave no slot."""
    suiting = _of_offices(field, side)
    return BlockerKind.OFFICE if suiting.workable else BlockerKind.NO_WORKING_DAY


def _pairs(field: _Field) -> Iterator[Blocker]:
    """Two sides that have no slot in common although each alone has; a few are enough to say."""
    found = [
        Blocker(BlockerKind.OFFICE_AND_TRAINERS, (side.week.code,))
        for side in field.offices
        if not field.has_any(field.suiting(field.search.relaxed, [side]))
    ]
    found += [
        Blocker(BlockerKind.OFFICES, (one.week.code, other.week.code))
        for one, other in combinations(field.offices, 2)
        if not field.has_any(_of_offices(field, one, other))
    ]
    yield from found[:MOST_PAIRS]


__all__ = [
    "FOR",
    "AskedHours",
    "Blocker",
    "BlockerKind",
    "Condition",
    "FoundSlot",
    "OfficeWeek",
    "Pattern",
    "Reason",
    "ReasonKind",
    "Relaxation",
    "Result",
    "Search",
    "Span",
    "TrainerWeek",
    "find_slots",
]
