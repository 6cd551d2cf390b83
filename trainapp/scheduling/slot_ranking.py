"""How good a slot is. Its score is made of what its reasons say (`slot_reasons`), and of how soon it is.

A score starts from 0 and loses points. A point is a minute that a meeting lies outside `COMFORT` at one office or for
the trainer, averaged over the meetings; it weighs up to `HEAVIEST` times as much for who had many of them before. Each
meeting that breaks a relaxed condition costs as many points as `BROKEN` says, one on a bridge day `BRIDGE`; each zone
whose people meet at another hour than before costs `CLOCKS_CHANGE`; a day later in the period costs `LATER`; each
further trainer who is free, up to `MOST_CHOICE`, gives `CHOICE` back.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from trainapp.scheduling.slot_chains import Chain
from trainapp.scheduling.slot_grid import Clock, Grid
from trainapp.scheduling.slot_sides import OfficeSide, TrainerSide
from trainapp.scheduling.slot_terms import Condition

BROKEN: Mapping[Condition, int] = {
    Condition.WEEKEND: 300,
    Condition.HOLIDAY: 360,
    Condition.OFFICE_HOURS: 60,
    Condition.HOURS_ASKED: 60,
    Condition.OFFICE_BUSY: 240,
    Condition.TRAINER_HOURS: 120,
    Condition.TRAINER_BUSY: 240,
}
BRIDGE = 10
CLOCKS_CHANGE = 30
LATER = 0.2
CHOICE, MOST_CHOICE = 2, 5
HEAVIEST = 3.0
MANY_MINUTES = 1200
"""So many minutes outside `COMFORT` before give somebody's next ones their full weight."""


def weight_of(past_late_minutes: int) -> float:
    """What a minute outside `COMFORT` weighs for who had so many of them before: from 1 to `HEAVIEST`."""
    return 1 + (HEAVIEST - 1) * min(past_late_minutes, MANY_MINUTES) / MANY_MINUTES


class Ranking:
    """The scores of slots of one grid. What a cell costs is counted once, whichever conditions are relaxed."""

    def __init__(self, grid: Grid, offices: Sequence[OfficeSide], trainers: Sequence[TrainerSide]) -> None:
        self.grid = grid
        self.offices = offices
        self.trainers = trainers

    def score(self, chain: Chain) -> float:
        """The higher the better."""
        cells = chain.cells
        points = sum(self._office_points[cell] for cell in cells) / len(cells)
        points += LATER * (cells[0] // len(self.grid.walls))
        clocks = self._clocks_of_offices
        if chain.trainers:
            best = self.by_fitness(chain)[0]
            points += self._trainer_cost(best, cells) - CHOICE * min(len(chain.trainers) - 1, MOST_CHOICE)
            clocks = clocks | {self.trainers[best].clock}
        points += CLOCKS_CHANGE * sum(bool(self.hour_changes(clock, cells)) for clock in clocks)
        return -round(points, 1)

    def by_fitness(self, chain: Chain) -> list[int]:
        """The trainers of a slot, those first whom it costs least."""
        if len(chain.trainers) == 1:
            return list(chain.trainers)
        return sorted(chain.trainers, key=lambda number: self._trainer_cost(number, chain.cells))

    def hour_changes(self, clock: Clock, cells: Iterable[int]) -> list[int]:
        """The cells at which these clocks show another hour than for the meeting before.

        All meetings begin at one wall time of the search's zone; elsewhere the hour moves where the clocks there or
        here have changed in between, and not where both have alike.
        """
        home = self.grid.home
        if clock is home or not (clock.has_changes or home.has_changes):
            return []
        return [
            later
            for earlier, later in pairwise(cells)
            if clock.offsets[earlier] - home.offsets[earlier] != clock.offsets[later] - home.offsets[later]
        ]

    def _trainer_cost(self, number: int, cells: Sequence[int]) -> float:
        points = self._trainer_points[number]
        return sum(points[cell] for cell in cells) / len(cells)

    @cached_property
    def _clocks_of_offices(self) -> frozenset[Clock]:
        return frozenset(side.clock for side in self.offices)

    @cached_property
    def _office_points(self) -> list[float]:
        """What each cell costs at all offices together."""
        total = [0.0] * len(self.grid.starts)
        for side in self.offices:
            total = [sum_ + each for sum_, each in zip(total, self._points(side), strict=True)]
            for cell in self.grid.members(side.bridging & self.grid.open):
                total[cell] += BRIDGE
        return total

    @cached_property
    def _trainer_points(self) -> list[list[float]]:
        return [self._points(side) for side in self.trainers]

    def _points(self, side: OfficeSide | TrainerSide) -> list[float]:
        weight = weight_of(side.week.past_late_minutes)
        points = [weight * minutes for minutes in side.clock.discomfort]
        for condition, cells in side.broken.items():
            for cell in self.grid.members(cells & self.grid.open):
                points[cell] += BROKEN[condition]
        return points
