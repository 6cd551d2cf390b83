"""What a mail about a change says: the news, and those of mails about earlier changes that never left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from trainapp.core.database import db
from trainapp.core.languages import direction_of, speaking
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations.change_words import sentences_of
from trainapp.registrations.changes import Content, What, content_of
from trainapp.registrations.invitations import Due, invitation_thread
from trainapp.registrations.models import SEATED, Mailing, MailingKind, MailingRecipient, Registration
from trainapp.scheduling.models import SessionState, TrainingSession

KIND = "registrations.changed"
NEVER_LEFT = (MailState.QUEUED, MailState.SUPERSEDED)


def news_not_sent(registration: Registration, dues: Sequence[Due]) -> list[Content]:
    """What earlier changes told in mails that have not left, and that a mail about these meetings replaces.

    A mail that stood in the place of another counts from that one: it told the news of both.
    """
    meetings = {each.meeting.id for each in dues}
    due_mails = [row.mail_id for row in registration.invitations if row.meeting_id in meetings and row.mail_id]
    if not due_mails:
        return []
    is_ours = and_(
        OutboxMail.thread.in_([invitation_thread(row) for row in registration.invitations]), OutboxMail.kind == KIND
    )
    last_left = select(func.max(OutboxMail.id)).where(is_ours, OutboxMail.state.not_in(NEVER_LEFT)).scalar_subquery()
    is_due = and_(OutboxMail.state == MailState.QUEUED, OutboxMail.id.in_(due_mails))
    oldest, count = db.session.execute(
        select(func.min(OutboxMail.queued_at), func.count().filter(is_due)).where(
            is_ours,
            or_(is_due, OutboxMail.state == MailState.SUPERSEDED),
            OutboxMail.id > func.coalesce(last_left, 0),
        )
    ).one()
    return _told_since(registration, oldest) if count else []


def _told_since(registration: Registration, at: datetime) -> list[Content]:
    query = (
        select(Mailing)
        .join(MailingRecipient)
        .where(
            MailingRecipient.registration_id == registration.id,
            MailingRecipient.written_at >= at,
            Mailing.kind == MailingKind.CHANGE,
        )
        .order_by(Mailing.id)
    )
    return [content_of(each.content) for each in db.session.scalars(query)]


def facts_of_change(registration: Registration, content: Content) -> dict[str, Any]:
    """What a change is to one person, as they read it."""
    session, has_seat = registration.session, registration.state in SEATED
    is_cancelled = session.state is SessionState.CANCELLED
    with speaking(registration.language):
        return {
            "sentences": sentences_of(session, content, registration.zone, has_link=has_seat),
            "state": registration.state.value,
            "is_cancelled": is_cancelled,
            "join_url": session.join_url if has_seat and not is_cancelled else "",
            **common_facts(session, content),
        }


def common_facts(session: TrainingSession, content: Content) -> dict[str, Any]:
    """What every mail about a change holds; a text of somebody's stays in its own language."""
    return {
        "news": _news(session, content),
        "words": content.words,
        "words_language": content.words_language,
        "words_direction": direction_of(content.words_language),
    }


def _news(session: TrainingSession, content: Content) -> str:
    if session.state is SessionState.CANCELLED:
        return "cancelled"
    return "reinstated" if content.has(What.REINSTATED) else "changed"
