"""When a zone changes its law: the meetings ahead keep their wall time, so exactly those whose instant moved are told.

A process reads the laws of all zones when it starts: after an update of the zones' data the worker is started anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.core.audit import record_act
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.logs import log
from trainapp.core.walltime import instant_by_law
from trainapp.registrations.change_notices import tell_focal_points_of_change, tell_trainers_of_change
from trainapp.registrations.changes import content_of
from trainapp.registrations.mailings import start_mailing
from trainapp.registrations.models import ACTIVE, MailingKind, Registration
from trainapp.registrations.queries import next_sequence
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession
from trainapp.scheduling.queries import trainers_shown
from trainapp.scheduling.service import lock_session

ZONE_LAW = "zone_law"
"""What the mails about such a move are about: the numbers of the meetings, under this key of a mailing's content."""


@dataclass(frozen=True)
class Move:
    """A meeting and its instants by the law of today; `is_skipped` where its clocks now skip its wall time."""

    meeting: Meeting
    starts_at: datetime
    ends_at: datetime
    is_skipped: bool


def follow_zone_laws() -> None:
    """Move the instants of meetings ahead to where their wall times now are, and have their people told."""
    for session_id in sorted({move.meeting.session_id for move in _moves()}):
        session = lock_session(session_id)
        moves = list(_moves(session_id))
        for move in moves:
            _follow(move)
        if moves:
            session.revised_at = now()
            _tell(session, [move.meeting for move in moves])


def _moves(session_id: int | None = None) -> Iterator[Move]:
    """What the law has moved of the meetings ahead, of all sessions or of one, as they stand now."""
    query = (
        select(Meeting)
        .join(Meeting.session)
        .where(
            # A day more: what begins on it in the far west may still be ahead.
            Meeting.on_date >= today() - timedelta(days=1),
            Meeting.wall_start.is_not(None),
            Meeting.wall_end.is_not(None),
            Meeting.starts_at.is_not(None),
            TrainingSession.state != SessionState.DELIVERED,
        )
        .order_by(Meeting.session_id, Meeting.number)
        .execution_options(populate_existing=True)
    )
    if session_id is not None:
        query = query.where(Meeting.session_id == session_id)
    for meeting in db.session.scalars(query):
        move = _move_of(meeting)
        is_ahead = meeting.ends_at is not None and now() < max(meeting.ends_at, move.ends_at)
        if is_ahead and (meeting.starts_at, meeting.ends_at) != (move.starts_at, move.ends_at):
            yield move


def _move_of(meeting: Meeting) -> Move:
    assert meeting.wall_start is not None
    assert meeting.wall_end is not None
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    starts_at, start_is_skipped = _by_law(meeting, meeting.wall_start, meeting.starts_at)
    ends_at, end_is_skipped = _by_law(meeting, meeting.wall_end, meeting.ends_at)
    if ends_at <= starts_at:  # a gap has swallowed it: it lasts as long as before
        ends_at = starts_at + (meeting.ends_at - meeting.starts_at)
    return Move(meeting, starts_at, ends_at, start_is_skipped or end_is_skipped)


def _by_law(meeting: Meeting, wall: time, told: datetime) -> tuple[datetime, bool]:
    assert meeting.wall_start is not None
    is_next_day = wall < meeting.wall_start
    return instant_by_law(meeting.on_date + timedelta(days=is_next_day), wall, meeting.zone, told)


def _follow(move: Move) -> None:
    meeting = move.meeting
    before = _spoken(meeting)
    meeting.starts_at, meeting.ends_at = move.starts_at, move.ends_at
    meeting.sequence = next_sequence(meeting)
    meeting.revised_at = now()
    after = {**_spoken(meeting), "zone": meeting.zone, "is_skipped": move.is_skipped}
    record_act(None, "zone law followed", f"session:{meeting.session_id}", before, after)
    if move.is_skipped:
        log.warning("the clocks now skip the time of a meeting", extra={"meeting": meeting.id})


def _spoken(meeting: Meeting) -> dict[str, object]:
    """What the audit trail keeps of a meeting."""
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    return {
        "meeting": meeting.number,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
    }


def _tell(session: TrainingSession, moved: list[Meeting]) -> None:
    """Tell its people, trainers and offices; what is cancelled or not published moves in silence."""
    numbers = [meeting.number for meeting in moved if meeting.state is MeetingState.PLANNED]
    if not numbers or session.state is not SessionState.PUBLISHED:
        return
    people = list(
        db.session.scalars(
            select(Registration.id)
            .join(Registration.person)
            .where(Registration.session_id == session.id, Registration.state.in_(ACTIVE), Person.erased_at.is_(None))
            .order_by(Registration.place)
        )
    )
    if people:
        start_mailing(None, session, MailingKind.CHANGE, {ZONE_LAW: numbers}, people)
    content = content_of({ZONE_LAW: numbers})
    trainers = trainers_shown(session)
    tell_trainers_of_change(session, content, trainers, asked=())
    tell_focal_points_of_change(session, content, except_for=trainers)
