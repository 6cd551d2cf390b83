"""The address of a person's own feed, which is a secret, and what the feed says of sessions they teach."""

from datetime import datetime

from sqlalchemy import or_, select

from trainapp.accounts.links import issue_link
from trainapp.accounts.models import MailedLink, Person
from trainapp.accounts.queries import may
from trainapp.calendar.entries import Entry
from trainapp.core.access import Permission
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.urls import absolute_url
from trainapp.scheduling.calendar_entries import entry_of
from trainapp.scheduling.feed import DAYS_BACK
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainingSession,
)
from trainapp.scheduling.queries import PUBLIC_STATES, listed_session

SCOPE = "feed"


def feed_since(person: Person) -> datetime | None:
    """Since when a person's feed has its present address; None without one."""
    return db.session.scalar(
        select(MailedLink.created_at).where(MailedLink.scope == _scope_of(person), MailedLink.revoked_at.is_(None))
    )


def renew_feed(actor: Person) -> str:
    """Give one's feed a new address, and take the old one away. Only a digest of it is kept, so it is told once."""
    stop_feed(actor)
    token = issue_link(actor, _scope_of(actor))
    record_act(actor.id, "feed renewed", f"person:{actor.id}")
    return feed_url(token)


def stop_feed(actor: Person) -> None:
    """Take away the address of one's feed; the calendars that ask for it find nothing there any more."""
    db.session.execute(select(Person.id).where(Person.id == actor.id).with_for_update())
    links = db.session.scalars(
        select(MailedLink).where(MailedLink.scope == _scope_of(actor), MailedLink.revoked_at.is_(None))
    )
    for link in links:
        link.revoked_at = now()
    db.session.flush()


def feed_url(token: str) -> str:
    """The address of a feed; a room above gives it, with what the person attends."""
    return absolute_url("registrations.personal_feed_file", token=token)


def _scope_of(person: Person) -> str:
    return f"{SCOPE}:{person.id}"


def taught_entries(person: Person, at: datetime) -> list[Entry]:
    """What a person teaches, in their language and zone and with the links to join; nothing for who is no trainer."""
    if not may(person, Permission.TEACH):
        return []
    return [
        entry_of(meeting.session, meeting, person.language, join_link=True, zone=person.zone)
        for meeting in _meetings(person, at)
    ]


def _meetings(person: Person, at: datetime) -> list[Meeting]:
    """Meetings a trainer teaches, from 30 days back onwards; cancelled ones stay until their end."""
    is_on = (Meeting.state == MeetingState.PLANNED) & (TrainingSession.state != SessionState.CANCELLED)
    query = (
        select(TrainingSession, Meeting)
        .join(SessionTrainer, SessionTrainer.session_id == TrainingSession.id)
        .join(Meeting, Meeting.session_id == TrainingSession.id)
        .where(
            SessionTrainer.person_id == person.id,
            SessionTrainer.state != TeachingState.DECLINED,
            TrainingSession.state.in_(PUBLIC_STATES),
            Meeting.starts_at.is_not(None),
            Meeting.ends_at > at - DAYS_BACK,
            or_(is_on, Meeting.ends_at > at),
        )
        .options(*listed_session())
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [meeting for _session, meeting in db.session.execute(query)]
