"""Reminders: one before each meeting, counted back from its start, so that they follow every move by themselves."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.registrations.models import SEATED, Invitation, InvitationMethod, Registration
from trainapp.registrations.notices import remind
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession
from trainapp.scheduling.service import lock_session

BATCH = 100
"""Mails in one unit of work: about a second, for which others who write wait on SQLite."""


def send_reminders() -> None:
    """Queue a batch of the reminders of one meeting that begins soon, with its session held."""
    for meeting in _meetings_soon():
        if _to_remind(meeting, 1):
            lock_session(meeting.session_id)
            db.session.refresh(meeting)
            if _is_due(meeting):
                _remind(meeting)
            return


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


def _remind(meeting: Meeting) -> None:
    for invitation in _to_remind(meeting, BATCH):
        remind(invitation)
        invitation.reminded_for = meeting.starts_at


def _to_remind(meeting: Meeting, most: int) -> list[Invitation]:
    """Those with a seat not yet reminded of this start; who was told of it when its reminder was due, needs none."""
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
        .order_by(Invitation.id)
        .limit(most)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))
