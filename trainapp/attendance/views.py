"""The pages of who is coming and who came."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.attendance import grid as shown
from trainapp.attendance.forms import Grid, read_grid, stored_grid
from trainapp.attendance.labels import attendance_status_label
from trainapp.attendance.models import AttendanceStatus
from trainapp.attendance.queries import Cell, Sheet, session_to_mark, sheet_of
from trainapp.attendance.service import mark, problems_of
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.languages import ngettext
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.registrations.models import RegistrationState
from trainapp.scheduling.models import SessionState
from trainapp.scheduling.queries import session_title
from trainapp.scheduling.service import is_over

blueprint = Blueprint("attendance", __name__, url_prefix="/<lang:language>")


@blueprint.route("/sessions/<code>/attendance", methods=["GET", "POST"])
@access(Permission.TEACH)
def grid(code: str) -> ResponseReturnValue:
    person = acting_person()
    session = session_to_mark(person, code)
    sheet = sheet_of(session)
    if request.method == "GET":
        return _grid_page(sheet, stored_grid(sheet))
    typed = read_grid(request.form, sheet, now())
    problems = {**typed.problems, **problems_of(sheet, typed.marks)}
    if problems:
        return _grid_page(sheet, typed, problems, 422)
    count = mark(person, session, typed.marks)
    flash(ngettext("%(num)s mark was saved.", "%(num)s marks were saved.", count), "success")
    return redirect(url_for("attendance.grid", code=code))


def _grid_page(
    sheet: Sheet, grid: Grid, problems: Mapping[Cell, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    session = sheet.session
    columns = shown.columns_of(sheet, reader_zone().zone, now())
    rows = shown.rows_of(sheet, columns, grid, problems or {})
    answer: ResponseReturnValue = page(
        "attendance/grid.html",
        status,
        session=session,
        title=session_title(session),
        columns=columns,
        rows=rows,
        problems=[cell for row in rows for cell in row.cells if cell.problem],
        choices=shown.status_choices(),
        partial_label=attendance_status_label(AttendanceStatus.PARTIAL),
        confirmed=sum(one.state is RegistrationState.CONFIRMED for one in sheet.registrations),
        is_cancelled=session.state is SessionState.CANCELLED,
        may_deliver=session.state is SessionState.PUBLISHED and is_over(session),
    )
    return answer
