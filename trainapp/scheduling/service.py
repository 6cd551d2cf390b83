"""Rules about sessions: publishing one, and saying that it was held. What other rooms decide by stands here too."""

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.core import events
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.requests import service as requests
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.steps import SETTLED
from trainapp.scheduling.locks import lock_requests, lock_session
from trainapp.scheduling.mails import tell_focal_points, tell_trainers
from trainapp.scheduling.models import SessionState, TrainingSession, session_request
from trainapp.scheduling.publication import is_possible, missing_for_publication
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


class NotPossible(DomainError):
    """Something stands against a session that cannot be, and nobody said to publish it all the same."""

    def __init__(self) -> None:
        super().__init__(
            lazy("Something stands against this session that is not possible. Look at it; you can still publish it.")
        )


def publish(actor: Person, session: TrainingSession, *, despite_clashes: bool = False) -> None:
    """Open a draft to the public, and tell the offices' focal points and the trainers.

    The requests it answers become scheduled. Raises `NotReady` while something is missing, `NotPossible` for a clash
    that blocks unless `despite_clashes`, `Conflict` when it is no draft any more.
    """
    lock_session(session.id)
    if session.state is not SessionState.DRAFT:
        raise Conflict(lazy("This session has been published or cancelled already."))
    asking = lock_requests(session)  # before what is missing is asked: a request may be withdrawn at this moment
    if missing_for_publication(session):
        raise NotReady()
    if not despite_clashes and not is_possible(session):
        raise NotPossible()
    session.state = SessionState.PUBLISHED
    session.revised_at = now()
    for request in asking:
        requests.mark_scheduled(actor, request, session.code)
    record_act(actor.id, "session published", f"session:{session.id}", {"state": "draft"}, {"state": "published"})
    tell_focal_points(session)
    tell_trainers(session)


def mark_delivered(actor: Person, session: TrainingSession) -> None:
    """Say that a session was held, once its last meeting has ended.

    A request is delivered with the last of the sessions that answer it; cancelled ones do not count.
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
    db.session.flush()
    for request in lock_requests(session):
        if request.state is RequestState.SCHEDULED and _all_delivered(request):
            requests.mark_delivered(actor, request)
    record_act(actor.id, "session delivered", f"session:{session.id}", {"state": "published"}, {"state": "delivered"})
    events.publish(events.SessionDelivered(session.id))


def cancel(actor: Person, session: TrainingSession, words: str) -> None:
    """Cancel a published session, whose lock is held; `words` say why.

    A request that no other session answers any more is agreed and waits for a plan again; one whose other sessions
    were all held is delivered. Raises `Conflict` for a session that is not published.
    """
    if session.state is not SessionState.PUBLISHED:
        raise Conflict(lazy("Only a published session can be cancelled."))
    session.state = SessionState.CANCELLED
    db.session.flush()
    for request in lock_requests(session):
        if request.state is not RequestState.SCHEDULED:
            continue
        if not _is_still_answered(request):
            requests.mark_called_off(actor, request, words)
        elif _all_delivered(request):
            requests.mark_delivered(actor, request)
    record_act(actor.id, "session cancelled", f"session:{session.id}", {"state": "published"}, {"state": "cancelled"})


def reinstate(actor: Person, session: TrainingSession) -> None:
    """Let a cancelled session, whose lock is held, take place after all; the requests it answers are scheduled.

    Raises `Conflict` for a session that is not cancelled, `DomainError` where a request has moved on since.
    """
    if session.state is not SessionState.CANCELLED:
        raise Conflict(lazy("This session is not cancelled any more."))
    asking = lock_requests(session)
    for request in asking:
        if request.state not in SETTLED:
            raise DomainError(
                lazy(
                    "The request %(code)s is not agreed any more, so this session cannot take place for it.",
                    code=request.code,
                )
            )
    session.state = SessionState.PUBLISHED
    db.session.flush()
    for request in asking:
        requests.mark_scheduled(actor, request, session.code)
    record_act(actor.id, "session reinstated", f"session:{session.id}", {"state": "cancelled"}, {"state": "published"})


def _is_still_answered(request: TrainingRequest) -> bool:
    """Whether a session that is published or was held answers a locked request."""
    return bool(set(_states_of_sessions(request)) - {SessionState.DRAFT})


def _all_delivered(request: TrainingRequest) -> bool:
    """Whether every session for a locked request was held; read from the tables, not from what was seen before."""
    return all(state is SessionState.DELIVERED for state in _states_of_sessions(request))


def _states_of_sessions(request: TrainingRequest) -> list[SessionState]:
    """The states of the sessions for a request but for cancelled ones."""
    return list(
        db.session.scalars(
            select(TrainingSession.state)
            .join(session_request, session_request.c.session_id == TrainingSession.id)
            .where(session_request.c.request_id == request.id, TrainingSession.state != SessionState.CANCELLED)
        )
    )


__all__ = [
    "NotPossible",
    "NotReady",
    "cancel",
    "first_start",
    "is_over",
    "lock_session",
    "mark_delivered",
    "may_manage",
    "missing_for_publication",
    "planned_meetings",
    "publish",
    "reinstate",
    "registration_is_open",
    "registration_is_open_to",
    "session_by_code",
]
