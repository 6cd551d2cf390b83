"""Input of the attendance page: a grid of some hundred cells, read straight from the form.

Each cell has a field for its status and one for its minutes. Each row carries what its reader saw when the
page was made, so that only what they changed is written, and a colleague's marks of the meantime stay.
"""

from dataclasses import dataclass, field
from datetime import datetime

from werkzeug.datastructures import MultiDict

from trainapp.attendance.models import Attendance, AttendanceStatus
from trainapp.attendance.queries import Cell, Sheet, has_started
from trainapp.attendance.service import Mark
from trainapp.core.languages import _

LONGEST_NUMBER = 5


@dataclass(frozen=True)
class Typed:
    """What stands in the two fields of a cell, as text."""

    status: str = ""
    minutes: str = ""

    @property
    def token(self) -> str:
        """The same for two inputs that mean the same: minutes count for `partial` alone."""
        return f"{self.status}.{self.minutes}" if self.status == AttendanceStatus.PARTIAL else self.status


NOTHING = Typed()


@dataclass
class Grid:
    """What was typed, which of it is new as marks, and what cannot be read."""

    cells: dict[Cell, Typed] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    problems: dict[Cell, str] = field(default_factory=dict)


def status_field(cell: Cell) -> str:
    return f"status-{cell.registration}-{cell.meeting}"


def minutes_field(cell: Cell) -> str:
    return f"minutes-{cell.registration}-{cell.meeting}"


def seen_field(registration: str) -> str:
    return f"seen-{registration}"


def stored_grid(sheet: Sheet) -> Grid:
    """The grid as the database has it."""
    grid = Grid({cell: _typed_of(attendance) for cell, attendance in sheet.attendances.items()})
    for registration in sheet.people:
        tokens = [
            f"{number}:{grid.cells[Cell(registration, number)].token}"
            for number in sheet.by_number
            if Cell(registration, number) in grid.cells
        ]
        grid.seen[registration] = " ".join(tokens)
    return grid


def _typed_of(attendance: Attendance) -> Typed:
    is_partial = attendance.status is AttendanceStatus.PARTIAL
    return Typed(attendance.status.value, str(attendance.minutes) if is_partial and attendance.minutes else "")


def read_grid(form: MultiDict[str, str], sheet: Sheet, at: datetime) -> Grid:
    """What was typed into the cells the page offers; `fill` marks the rest of that meeting as present."""
    grid = Grid(seen={registration: form.get(seen_field(registration), "") for registration in sheet.people})
    for meeting in sheet.meetings:
        if not has_started(meeting, at):
            continue
        fills = form.get("fill") == str(meeting.number)
        for registration in sheet.people:
            cell = Cell(registration, meeting.number)
            if status_field(cell) in form:
                _read_cell(form, cell, grid, fills)
    return grid


def _read_cell(form: MultiDict[str, str], cell: Cell, grid: Grid, fills: bool) -> None:
    typed = Typed(form[status_field(cell)], form.get(minutes_field(cell), "").strip())
    if fills and not typed.status:
        typed = Typed(AttendanceStatus.PRESENT.value)
    grid.cells[cell] = typed
    if typed.token == _seen_token(grid.seen[cell.registration], cell.meeting):
        return
    if typed.status not in ("", *AttendanceStatus):
        grid.problems[cell] = _("Not a valid choice.")
        return
    status = AttendanceStatus(typed.status) if typed.status else None
    grid.marks.append(Mark(cell, status, _whole_number(typed.minutes)))


def _seen_token(seen: str, meeting: int) -> str:
    tokens = dict(part.partition(":")[::2] for part in seen.split())
    return tokens.get(str(meeting), "")


def _whole_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
