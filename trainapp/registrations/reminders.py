"""Reminders: one before each meeting, counted back from its start, so that they follow every move by themselves."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.logs import log
from trainapp.registrations.models import SEATED, Invitation, InvitationMethod, Registration
from trainapp.registrations.notices import remind
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession
from trainapp.scheduling.service import lock_session

BATCH = 100
"""Mails in one unit of work: about a second, for which others who write wait on SQLite."""


def send_reminders() -> None:
    """Queue a batch of the reminders of one meeting that begins soon, with its session held.

    What fails is logged whole and tried again at the next time; the others do not wait for it.
    """
    for meeting in _meetings_soon():
        if _to_remind(meeting, 1):
            with db.session.begin_nested() as held:
                if _remind(meeting):
                    return
                held.rollback()


def _meetings_soon() -> list[Meeting]:
    """The meetings whose reminders are due, the next to begin first."""
    at = now()
    is_published = TrainingSession.state == SessionState.PUBLISHED
    longest = db.session.scalar(select(func.max(TrainingSession.reminder_hours)).where(is_published)) or 0
    query = (
        select(Meeting)
        .join(Meeting.session)
        .where(Meeting.starts_at > at, Meeting.starts_at <= at + timedelta(hours=longest), is_published)
        .options(contains_eager(Meeting.session))
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [meeting for meeting in db.session.scalars(query) if _is_due(meeting)]


def _is_due(meeting: Meeting) -> bool:
    due_at = _due_at(meeting)
    return (
        due_at is not None
        and meeting.starts_at is not None
        and due_at <= now() < meeting.starts_at
        and meeting.state is MeetingState.PLANNED
        and meeting.session.state is SessionState.PUBLISHED
    )


def _due_at(meeting: Meeting) -> datetime | None:
    hours = meeting.session.reminder_hours
    return None if hours is None or meeting.starts_at is None else meeting.starts_at - timedelta(hours=hours)


def _remind(meeting: Meeting) -> bool:
    """Remind the next people of a meeting, or some by chance where none of those can be; False for nobody."""
    lock_session(meeting.session_id)
    db.session.refresh(meeting)
    if not _is_due(meeting):
        return False
    return _remind_all(_to_remind(meeting, BATCH)) or _remind_all(_to_remind(meeting, BATCH, by_chance=True))


def _remind_all(invitations: list[Invitation]) -> bool:
    """Remind each of these people, whatever fails for others of them; False where it failed for all."""
    reminded = 0
    for invitation in invitations:
        try:
            with db.session.begin_nested():
                remind(invitation)
                invitation.reminded_for = invitation.meeting.starts_at
            reminded += 1
        except Exception:
            log.exception("a reminder could not be written", extra={"invitation": invitation.id})
    return reminded > 0


def _to_remind(meeting: Meeting, most: int, *, by_chance: bool = False) -> list[Invitation]:
    """Those with a seat not yet reminded of this start; who was told of it when its reminder was due, needs none.

    Chance lets nobody wait for ever behind many whose reminders fail.
    """
    query = (
        select(Invitation)
        .join(Invitation.registration)
        .join(Registration.person)
        .where(
            Invitation.meeting_id == meeting.id,
            Invitation.method.in_((InvitationMethod.REQUEST, InvitationMethod.LISTED)),
            or_(Invitation.reminded_for.is_(None), Invitation.reminded_for != meeting.starts_at),
            Invitation.dtstamp < _due_at(meeting),
            Registration.state.in_(SEATED),
            Person.erased_at.is_(None),
        )
        .options(
            contains_eager(Invitation.registration).contains_eager(Registration.person).selectinload(Person.addresses),
            contains_eager(Invitation.registration).selectinload(Registration.invitations),
        )
        .order_by(func.random() if by_chance else Invitation.id)
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))
