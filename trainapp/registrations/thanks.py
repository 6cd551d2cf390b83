"""Thanks after a session, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import func, or_, select

from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import speaking
from trainapp.core.timefmt import TimeLine, time_lines
from trainapp.core.urls import absolute_url
from trainapp.registrations.models import ACTIVE, Mailing, Registration, RegistrationState
from trainapp.registrations.notices import tell
from trainapp.scheduling.materials import materials_with_a_seat
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    RegistrationPolicy,
    SessionState,
    SessionSubject,
    TrainingSession,
)
from trainapp.scheduling.queries import listed_session, next_meeting, session_title

MOST_TO_COME = 3
MOST_LOOKED_AT = 30
OPEN_TO_ALL = (RegistrationPolicy.OPEN, RegistrationPolicy.APPROVAL)


@dataclass(frozen=True)
class ToCome:
    """A session somebody may like next, as its reader reads it: its next meeting in their time."""

    title: str
    lines: list[TimeLine]
    url: str


def thank(registration: Registration, mailing: Mailing) -> None:
    """Write one person's thanks; who has given up their seat meanwhile gets none."""
    if registration.state is not RegistrationState.CONFIRMED:
        return
    language = registration.language
    with speaking(language):
        coming = [_to_come(session, registration) for session in islice(_understood(registration), MOST_TO_COME)]
        programme_url = absolute_url("scheduling.catalogue", language=language)
    tell(
        registration,
        "thanks",
        has_materials=bool(materials_with_a_seat(registration.session)),
        coming=coming,
        programme_url=programme_url,
    )


def _to_come(session: TrainingSession, registration: Registration) -> ToCome:
    meeting = next_meeting(session)
    assert meeting is not None
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    language = registration.language
    return ToCome(
        session_title(session, language).text,
        time_lines(meeting.starts_at, meeting.ends_at, registration.zone, [meeting.zone], language),
        absolute_url("scheduling.session", code=session.code, language=language),
    )


def _understood(registration: Registration) -> Iterator[TrainingSession]:
    """Those of the sessions to come that are held in the person's language, or in that of the session they came to."""
    known = {registration.language, registration.session.language}
    for session in _sessions_to_come(registration):
        if not known.isdisjoint((session.language, *session.interpretation)):
            yield session


def _sessions_to_come(registration: Registration) -> list[TrainingSession]:
    """Sessions on the same subjects for which this person may still register, in the order of their next meetings."""
    at = now()
    subjects = [entry.subject_id for entry in registration.session.subjects]
    starts = (
        select(func.min(Meeting.starts_at))
        .where(Meeting.session_id == TrainingSession.id, Meeting.state == MeetingState.PLANNED, Meeting.ends_at > at)
        .correlate(TrainingSession)
        .scalar_subquery()
    )
    own = select(Registration.session_id).where(
        Registration.person_id == registration.person_id, Registration.state.in_(ACTIVE)
    )
    query = (
        select(TrainingSession)
        .where(
            TrainingSession.state == SessionState.PUBLISHED,
            TrainingSession.policy.in_(OPEN_TO_ALL),
            or_(TrainingSession.closes_at.is_(None), TrainingSession.closes_at > at),
            TrainingSession.subjects.any(SessionSubject.subject_id.in_(subjects)),
            TrainingSession.id.not_in(own),
            starts.is_not(None),
        )
        .options(*listed_session())
        .order_by(starts, TrainingSession.code)
        .limit(MOST_LOOKED_AT)
    )
    return list(db.session.scalars(query))
