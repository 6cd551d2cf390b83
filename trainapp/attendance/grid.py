"""The attendance table as the page shows it: rows of people, cells with their fields, names and problems."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from trainapp.attendance.forms import NOTHING, Grid, Typed, minutes_field, seen_field, status_field
from trainapp.attendance.labels import attendance_status_label
from trainapp.attendance.models import AttendanceStatus
from trainapp.attendance.queries import Cell, Sheet, has_started, length_in_minutes
from trainapp.core import timefmt
from trainapp.core.languages import _
from trainapp.core.timefmt import TimeLine
from trainapp.offices.queries import office_name
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.scheduling.models import Meeting


@dataclass(frozen=True)
class Column:
    """A meeting: its heading, its times for the reader, and whether people can be marked for it yet."""

    number: int
    heading: str
    day: str
    lines: list[TimeLine]
    is_open: bool
    length: int | None
    marked: int


@dataclass(frozen=True)
class CellView:
    """The fields of one cell; `label` names it whole for who does not see the table."""

    column: Column
    status_field: str
    minutes_field: str
    typed: Typed
    label: str
    minutes_label: str
    problem: str | None


@dataclass(frozen=True)
class Row:
    name: str
    office: str
    state: str
    seen_field: str
    seen: str
    cells: list[CellView]


def status_choices() -> list[tuple[str, str]]:
    return [("", _("Not marked"))] + [(status.value, attendance_status_label(status)) for status in AttendanceStatus]


def columns_of(sheet: Sheet, own_zone: str, at: datetime) -> list[Column]:
    return [_column(sheet, meeting, own_zone, at) for meeting in sheet.meetings]


def _column(sheet: Sheet, meeting: Meeting, own_zone: str, at: datetime) -> Column:
    lines = []
    if meeting.starts_at is not None and meeting.ends_at is not None:
        lines = timefmt.time_lines(meeting.starts_at, meeting.ends_at, own_zone, [meeting.zone])
    day = timefmt.short_day(meeting.on_date)
    return Column(
        meeting.number,
        _("Meeting %(number)s, %(date)s", number=meeting.number, date=day),
        timefmt.day(meeting.on_date),
        lines,
        has_started(meeting, at),
        length_in_minutes(meeting),
        sheet.marked(meeting),
    )


def rows_of(sheet: Sheet, columns: list[Column], grid: Grid, problems: Mapping[Cell, str]) -> list[Row]:
    return [_row(registration, columns, grid, problems) for registration in sheet.registrations]


def _row(registration: Registration, columns: list[Column], grid: Grid, problems: Mapping[Cell, str]) -> Row:
    is_confirmed = registration.state is RegistrationState.CONFIRMED
    return Row(
        registration.name,
        office_name(registration.office) if registration.office else "",
        "" if is_confirmed else registration_state_label(registration.state),
        seen_field(registration.public_id),
        grid.seen.get(registration.public_id, ""),
        [_cell(registration, column, grid, problems) for column in columns],
    )


def _cell(registration: Registration, column: Column, grid: Grid, problems: Mapping[Cell, str]) -> CellView:
    cell = Cell(registration.public_id, column.number)
    label = _("%(name)s, %(meeting)s", name=registration.name, meeting=column.heading)
    return CellView(
        column,
        status_field(cell),
        minutes_field(cell),
        grid.cells.get(cell, NOTHING),
        label,
        _("%(cell)s: minutes", cell=label),
        problems.get(cell),
    )
