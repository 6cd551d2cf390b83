"""Marking who came: rules and writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trainapp.accounts.models import Person
from trainapp.attendance.models import Attendance, AttendanceEvidence, AttendanceStatus, EvidenceKind
from trainapp.attendance.queries import Cell, Sheet, has_started, length_in_minutes, sheet_of
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.languages import _, lazy
from trainapp.scheduling.models import Meeting, SessionState, TrainingSession
from trainapp.scheduling.service import lock_session, may_manage


@dataclass(frozen=True)
class Mark:
    """What a person says of one cell. A status of None takes the mark away; minutes count for `partial`."""

    cell: Cell
    status: AttendanceStatus | None
    minutes: int | None = None


class MarksRefused(DomainError):
    """Some marks cannot be: `problems` has a translated sentence for each such cell. Nothing was written."""

    def __init__(self, problems: Mapping[Cell, str]) -> None:
        self.problems = dict(problems)
        super().__init__(next(iter(self.problems.values())))


def mark(actor: Person, session: TrainingSession, marks: Iterable[Mark]) -> int:
    """Write the marks that differ from what is stored, and give how many. All or none.

    The last mark of a cell stands; the evidence of the earlier ones stays beside it. Raises `NotFound` when
    the session is not the actor's, `DomainError` when it is cancelled, `MarksRefused` when a mark cannot be.
    """
    if not may_manage(actor, session):
        raise NotFound()
    # One writer at a time per session, so that two people marking the same cell meet in order.
    session = lock_session(session.id)
    if session.state is SessionState.CANCELLED:
        raise DomainError(lazy("This session was cancelled, so nobody can be marked for it."))
    sheet = sheet_of(session)
    wanted = list(marks)
    problems = problems_of(sheet, wanted)
    if problems:
        raise MarksRefused(problems)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for one in wanted:
        stored = sheet.attendances.get(one.cell)
        said = _said(one, sheet.by_number[one.cell.meeting])
        if said == _stored(stored):
            continue
        key = f"{one.cell.registration}/{one.cell.meeting}"
        before[key], after[key] = _stored(stored), said
        _write(actor, sheet, one.cell, stored, said)
    if after:
        record_act(actor.id, "attendance marked", f"session:{session.id}", before, after)
    db.session.flush()
    return len(after)


def problems_of(sheet: Sheet, marks: Iterable[Mark]) -> dict[Cell, str]:
    """Why marks cannot be, as a translated sentence for each cell concerned."""
    problems = {}
    for one in marks:
        meeting = sheet.by_number.get(one.cell.meeting)
        if meeting is None or one.cell.registration not in sheet.people:
            raise NotFound()
        problem = _problem(one, meeting)
        if problem:
            problems[one.cell] = problem
    return problems


def _problem(one: Mark, meeting: Meeting) -> str | None:
    if not has_started(meeting, now()):
        return _("Meeting %(number)s has not started yet, so nobody can be marked for it.", number=meeting.number)
    length = length_in_minutes(meeting)
    if one.status is not AttendanceStatus.PARTIAL or length is None:
        return None
    if one.minutes is None or not 1 <= one.minutes <= length:
        return _("Please give the minutes this person was there, from 1 to %(most)s.", most=length)
    return None


Said = tuple[str, int]
"""A status and the minutes credited for it."""


def _said(one: Mark, meeting: Meeting) -> Said | None:
    if one.status is None:
        return None
    length = length_in_minutes(meeting) or 0
    minutes = {AttendanceStatus.PRESENT: length, AttendanceStatus.PARTIAL: min(one.minutes or 0, length)}
    return one.status.value, minutes.get(one.status, 0)


def _stored(attendance: Attendance | None) -> Said | None:
    return None if attendance is None else (attendance.status.value, attendance.minutes)


def _write(actor: Person, sheet: Sheet, cell: Cell, stored: Attendance | None, said: Said | None) -> None:
    if said is None:
        db.session.delete(stored)
        return
    status, minutes = AttendanceStatus(said[0]), said[1]
    attendance = stored or _new_attendance(sheet, cell)
    attendance.status = status
    attendance.minutes = minutes
    db.session.add(
        AttendanceEvidence(
            attendance=attendance,
            kind=EvidenceKind.MANUAL,
            status=status,
            minutes=minutes,
            at=now(),
            person_id=actor.id,
        )
    )


def _new_attendance(sheet: Sheet, cell: Cell) -> Attendance:
    return Attendance(registration=sheet.people[cell.registration], meeting=sheet.by_number[cell.meeting])
