"""Joining days to slots: several meetings at one wall time, and the trainers who can teach all of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trainapp.scheduling.slot_grid import Grid
from trainapp.scheduling.slot_terms import ANY_WITHIN_DAYS, Pattern

Days = tuple[int, ...]


@dataclass(frozen=True)
class Chain:
    """The cells of one slot, and the places of its trainers in the list of trainers."""

    cells: tuple[int, ...]
    trainers: tuple[int, ...]


@dataclass(frozen=True)
class Suiting:
    """Sets of cells: `offices` suit every office in everything; `workable` are on days on which every office works, at
    an hour at which one of the trainers does.

    `trainers` are the cells that suit each of the trainers; None asks for no trainer at all.
    """

    workable: int
    offices: int
    trainers: Sequence[int] | None


def chains(grid: Grid, suiting: Suiting, pattern: Pattern, meetings: int) -> Iterator[Chain]:
    """Every slot there is.

    Consecutive: each next meeting is on the next day on which every office works and one of the trainers works at that
    hour, so that a weekend of either side is passed over, as are days on which the clocks skip the hour; on each of
    these days the meeting has to suit everybody. Any days: for each trainer, from each day that suits
    the offices and that trainer, the next days that do so too, within `ANY_WITHIN_DAYS`. A trainer of a slot can teach
    all of its meetings.
    """
    trainers = suiting.trainers
    anybody = suiting.offices if trainers is None else _any_of(suiting.offices, trainers)
    if anybody.bit_count() < meetings:
        return
    columns = [grid.columns(cells) for cells in (suiting.workable, suiting.offices)]
    of_trainers = [grid.columns(cells) for cells in trainers or ()]
    for wall in range(len(grid.walls)):
        if columns[1][wall].count("1") < meetings:
            continue
        suits = [columns_of[wall] for columns_of in of_trainers]
        runs = _runs(pattern, meetings, columns[0][wall], columns[1][wall], None if trainers is None else suits)
        for days in runs:
            able = tuple(number for number, column in enumerate(suits) if _all_in(column, days))
            if able or trainers is None:
                yield Chain(tuple(grid.cell(day, wall) for day in days), able)


def _any_of(offices: int, trainers: Iterable[int]) -> int:
    found = 0
    for cells in trainers:
        found |= cells
    return offices & found


def _runs(
    pattern: Pattern, meetings: int, workable: str, offices: str, trainers: Sequence[str] | None
) -> Iterable[Days]:
    if pattern is Pattern.CONSECUTIVE:
        return _consecutive(meetings, workable, offices)
    if trainers is None:
        return _on_any_days(meetings, _days(offices))
    # The same days may suit several trainers; they are one slot.
    return dict.fromkeys(
        days
        for column in trainers
        for days in _on_any_days(meetings, [day for day in _days(offices) if column[day] == "1"])
    )


def _consecutive(meetings: int, workable: str, offices: str) -> Iterator[Days]:
    days = _days(workable)
    for place in range(len(days) - meetings + 1):
        run = tuple(days[place : place + meetings])
        if _all_in(offices, run):
            yield run


def _on_any_days(meetings: int, days: Sequence[int]) -> Iterator[Days]:
    for place in range(len(days) - meetings + 1):
        run = tuple(days[place : place + meetings])
        if run[-1] - run[0] < ANY_WITHIN_DAYS:
            yield run


def _days(column: str) -> list[int]:
    return [day for day, bit in enumerate(column) if bit == "1"]


def _all_in(column: str, days: Days) -> bool:
    return all(column[day] == "1" for day in days)
