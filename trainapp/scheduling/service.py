"""Rules about sessions: publishing one, and saying that it was held. What other rooms decide by stands here too."""

from collections.abc import Iterator

from trainapp.accounts.models import Person
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import _, lazy
from trainapp.requests import service as requests
from trainapp.requests.models import Mode, RequestState
from trainapp.scheduling.locks import lock_session
from trainapp.scheduling.mails import tell_focal_points, tell_trainers
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.queries import (
    first_start,
    is_over,
    may_manage,
    planned_meetings,
    registration_is_open,
    registration_is_open_to,
    session_by_code,
)


class NotReady(DomainError):
    """A session lacks what people need to know before it can be published."""

    def __init__(self) -> None:
        super().__init__(lazy("This session cannot be published yet."))


def missing_for_publication(session: TrainingSession) -> list[str]:
    """What a draft lacks before it can be published, as sentences; empty where nothing does."""
    return list(_missing(session))


def _missing(session: TrainingSession) -> Iterator[str]:
    if session.course is None and not any(session.titles.values()):
        yield _("It has no title: choose a course, or write one.")
    if not session.subjects:
        yield _("It has no subject.")
    if not session.language:
        yield _("Its language is not said.")
    if not session.trainers:
        yield _("It has no trainer.")
    if session.mode is not Mode.IN_PERSON and not session.join_url:
        yield _("It has no link to join online.")
    if session.mode is not Mode.ONLINE and not session.venue:
        yield _("It has no venue.")
    yield from _missing_times(session)


def _missing_times(session: TrainingSession) -> Iterator[str]:
    meetings = planned_meetings(session)
    if not meetings or any(meeting.starts_at is None for meeting in meetings):
        yield _("It has no meeting with a start and an end.")
    elif any(meeting.starts_at <= now() for meeting in meetings if meeting.starts_at is not None):
        yield _("A meeting of it lies in the past.")


def publish(actor: Person, session: TrainingSession) -> None:
    """Open a draft to the public, and tell the offices' focal points and the trainers.

    The requests it answers become scheduled. Raises `NotReady` while something is missing, `Conflict` when it is no
    draft any more.
    """
    lock_session(session.id)
    if session.state is not SessionState.DRAFT:
        raise Conflict(lazy("This session has been published or cancelled already."))
    if missing_for_publication(session):
        raise NotReady()
    session.state = SessionState.PUBLISHED
    session.revised_at = now()
    for request in session.requests:
        requests.mark_scheduled(actor, request, session.code)
    record_act(actor.id, "session published", f"session:{session.id}", {"state": "draft"}, {"state": "published"})
    tell_focal_points(session)
    tell_trainers(session)


def mark_delivered(actor: Person, session: TrainingSession) -> None:
    """Say that a session was held, once its last meeting has ended.

    For those who may manage it; to others it is not there (`NotFound`). Raises `DomainError` while a meeting is to
    come, `Conflict` for a session that is not published.
    """
    if not may_manage(actor, session):
        raise NotFound()
    lock_session(session.id)
    if session.state is not SessionState.PUBLISHED:
        raise Conflict(lazy("Only a published session can be marked as delivered."))
    if not is_over(session):
        raise DomainError(lazy("A session can be marked as delivered once all its meetings have ended."))
    session.state = SessionState.DELIVERED
    session.delivered_at = now()
    for request in session.requests:
        if request.state is RequestState.SCHEDULED:
            requests.mark_delivered(actor, request)
    record_act(actor.id, "session delivered", f"session:{session.id}", {"state": "published"}, {"state": "delivered"})


__all__ = [
    "NotReady",
    "first_start",
    "is_over",
    "lock_session",
    "mark_delivered",
    "may_manage",
    "missing_for_publication",
    "planned_meetings",
    "publish",
    "registration_is_open",
    "registration_is_open_to",
    "session_by_code",
]
