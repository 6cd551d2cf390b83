"""The feed a person's own calendar subscribes to: what they attend and what they teach. Its address is a secret."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from trainapp.accounts.links import LinkGone, find_link
from trainapp.accounts.models import Person
from trainapp.calendar.entries import Entry
from trainapp.calendar.feeds import block, feed
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.core.languages import _, speaking
from trainapp.core.throttle import allow
from trainapp.registrations.invitations import own_entry
from trainapp.registrations.models import SEATED, Registration
from trainapp.registrations.own_notices import tell_feed_address
from trainapp.registrations.service import MAIL_SPAN, MAILS_PER_ADDRESS, open_link
from trainapp.scheduling.feed import DAYS_BACK
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.queries import PUBLIC_STATES, listed_session
from trainapp.scheduling.trainer_feed import SCOPE, feed_url, renew_feed, taught_entries

ALARM_QUERY = "?alarm=1"


def send_feed_address(token: str) -> None:
    """Mail a new address of their feed to the person of a registration; it takes the place of the one before.

    It never shows on the page: the link of one registration opens that one, and the feed shows them all.
    """
    _link, registration = open_link(token)
    if allow("feed_address", str(registration.person_id), MAILS_PER_ADDRESS, MAIL_SPAN):
        tell_feed_address(registration, renew_feed(registration.person), ALARM_QUERY)


def feed_of_token(token: str, *, alarm: bool) -> bytes:
    """The feed behind an address, with reminders where `alarm`.

    Raises `NotFound` for an address that is unknown or was taken away: a calendar program understands nothing else.
    """
    try:
        person = find_link(token, SCOPE).person
    except LinkGone as error:
        raise NotFound() from error
    with speaking(person.language):
        name = _("My trainings")
    blocks = [block(entry, public=False, alarm=alarm) for entry in _entries(person, now())]
    source_url = feed_url(token) + (ALARM_QUERY if alarm else "")
    return feed(blocks, name=name, language=person.language, source_url=source_url)


def _entries(person: Person, at: datetime) -> list[Entry]:
    """Each meeting once, in the order of their starts; who teaches what they are registered for, teaches it."""
    found = {entry.uid: entry for entry in _attended_entries(person, at)}
    found |= {entry.uid: entry for entry in taught_entries(person, at)}
    return sorted(found.values(), key=lambda entry: (entry.starts_at, entry.uid))


def _attended_entries(person: Person, at: datetime) -> Iterator[Entry]:
    """From 30 days back onwards, as each registration reads; what is cancelled or was left stays until its end."""
    for session, registration in _registrations(person, at):
        for meeting in session.meetings:
            if meeting.ends_at is None or meeting.ends_at <= at - DAYS_BACK:
                continue
            entry = _entry(registration, meeting)
            if entry is not None and (not entry.cancelled or meeting.ends_at > at):
                yield entry


def _entry(registration: Registration, meeting: Meeting) -> Entry | None:
    """What a registration says of a meeting; of a seat that was given up, that it is cancelled; else nothing."""
    told = next((row for row in registration.invitations if row.meeting_id == meeting.id), None)
    entry = own_entry(registration, meeting, told)
    if told is not None:
        entry = replace(entry, sequence=max(told.sequence, meeting.sequence))
    if registration.state in SEATED:
        return replace(entry, conference_url="") if entry.cancelled else entry
    if told is None:
        return None
    revised_at = max(entry.revised_at, told.dtstamp)
    return replace(entry, cancelled=True, conference_url="", revised_at=revised_at)


def _registrations(person: Person, at: datetime) -> list[tuple[TrainingSession, Registration]]:
    """With their sessions, so that these are held while they are read."""
    query = (
        select(TrainingSession, Registration)
        .join(Registration, Registration.session_id == TrainingSession.id)
        .where(
            Registration.person_id == person.id,
            TrainingSession.state.in_(PUBLIC_STATES),
            TrainingSession.meetings.any(Meeting.ends_at > at - DAYS_BACK),
        )
        .options(*listed_session(), selectinload(Registration.invitations))
        .order_by(Registration.id)
    )
    return [(session, registration) for session, registration in db.session.execute(query)]
