"""The feed a trainer's own calendar subscribes to: what they teach, with the links to join. Its address is a secret."""

from datetime import datetime

from sqlalchemy import or_, select

from trainapp.accounts.links import LinkGone, find_link, issue_link
from trainapp.accounts.models import MailedLink, Person
from trainapp.accounts.queries import may
from trainapp.calendar.feeds import block, feed
from trainapp.core.access import Permission
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.core.languages import _, speaking
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
    return absolute_url("scheduling.trainer_feed", token=token)


def _scope_of(person: Person) -> str:
    return f"{SCOPE}:{person.id}"


def feed_of_token(token: str) -> bytes:
    """The feed behind an address, in its trainer's language.

    Raises `NotFound` for an address that is unknown or was taken away, or whose owner does not teach any more: a
    calendar program understands 404 and nothing else.
    """
    try:
        person = find_link(token, SCOPE).person
    except LinkGone as error:
        raise NotFound() from error
    if not may(person, Permission.TEACH):
        raise NotFound()
    with speaking(person.language):
        name = _("Sessions you teach")
    entries = [
        entry_of(meeting.session, meeting, person.language, join_link=True, zone=person.zone)
        for meeting in _meetings(person, now())
    ]
    blocks = [block(entry, public=False) for entry in entries]
    return feed(blocks, name=name, language=person.language, source_url=feed_url(token))


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
