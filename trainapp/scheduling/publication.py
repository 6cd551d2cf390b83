"""What a draft lacks before it can be published, and what should make somebody think twice."""

from collections.abc import Iterator
from datetime import datetime

from trainapp.catalogue.queries import subject_name
from trainapp.core.clashes import Clash, ClashKind, Severity, worst
from trainapp.core.clock import now
from trainapp.core.languages import _
from trainapp.requests.models import Mode, TrainingRequest
from trainapp.requests.queries import agreed_slot
from trainapp.requests.steps import SETTLED
from trainapp.scheduling.clashes import session_clashes
from trainapp.scheduling.models import (
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    TeachingState,
    TrainingSession,
)
from trainapp.scheduling.queries import planned_meetings

SAID_AS_MISSING = frozenset({ClashKind.PAST, ClashKind.TRAINER_DECLINED})
FOR_WHOM = frozenset({OfficeRole.REQUESTER, OfficeRole.BENEFICIARY})


def missing_for_publication(session: TrainingSession) -> list[str]:
    """What a draft lacks before it can be published, as sentences; empty where nothing does."""
    return [
        *_missing_words(session),
        *_missing_people(session),
        *unsettled_words(session),
        *_missing_places(session),
        *_missing_times(session),
        *_missing_window(session, now()),
    ]


def doubts_about(session: TrainingSession) -> list[str]:
    """What a draft may be published without, though somebody should look at it, as sentences."""
    editions = [
        _("No edition is named of this subject: %(subject)s.", subject=subject_name(entry.subject))
        for entry in session.subjects
        if entry.edition is None and entry.subject.editions
    ]
    return [*editions, *_other_times_than_agreed(session)]


def settled_requests(session: TrainingSession) -> list[TrainingRequest]:
    """The requests that a session can answer as they stand: agreed, or further on their way."""
    return [request for request in session.requests if request.state in SETTLED]


def unsettled_words(session: TrainingSession) -> list[str]:
    """A sentence for each request that was withdrawn, or is talked about again, since the session was planned."""
    return [
        _("The request %(code)s is not agreed any more. Save the plan again to take it out.", code=request.code)
        for request in session.requests
        if request.state not in SETTLED
    ]


def _other_times_than_agreed(session: TrainingSession) -> Iterator[str]:
    times = sorted((meeting.starts_at, meeting.ends_at) for meeting in planned_meetings(session) if meeting.starts_at)
    for request in session.requests:
        slot = agreed_slot(request)
        if slot is not None and sorted((meeting.starts_at, meeting.ends_at) for meeting in slot.meetings) != times:
            yield _("Its times are not those agreed on for the request %(code)s.", code=request.code)


def clashes_of_interest(session: TrainingSession) -> list[Clash]:
    """What stands against a session, but for what `missing_for_publication` says already."""
    return [clash for clash in session_clashes(session) if clash.kind not in SAID_AS_MISSING]


def is_possible(session: TrainingSession) -> bool:
    """Whether nothing stands against it that cannot be, such as a trainer who teaches elsewhere at the same time."""
    return worst(clashes_of_interest(session)) is not Severity.BLOCKS


def _missing_words(session: TrainingSession) -> Iterator[str]:
    if session.course is None and not any(session.titles.values()):
        yield _("It has no title: choose a course, or write one.")
    if not session.subjects:
        yield _("It has no subject.")
    if not session.language:
        yield _("Its language is not said.")


def _missing_people(session: TrainingSession) -> Iterator[str]:
    if not session.trainers:
        yield _("It has no trainer.")
    for teaching in session.teaching:
        if teaching.state is TeachingState.DECLINED:
            yield _("This trainer has declined: %(name)s. Choose another one.", name=teaching.person.name)
    if session.kind is SessionKind.TRAINING and not any(part.role in FOR_WHOM for part in session.offices):
        yield _("It is a training without an office: say which one asked for it or benefits from it.")


def _missing_places(session: TrainingSession) -> Iterator[str]:
    if session.mode is not Mode.IN_PERSON and not session.join_url:
        yield _("It has no link to join online.")
    if session.mode is not Mode.ONLINE and not session.venue:
        yield _("It has no venue.")
    is_open_room = session.mode is Mode.IN_PERSON and session.policy is RegistrationPolicy.OPEN
    if is_open_room and session.capacity is None:
        yield _("It is open to everybody at a venue: say how many seats there are.")


def _missing_times(session: TrainingSession) -> Iterator[str]:
    meetings = planned_meetings(session)
    if not meetings or any(meeting.starts_at is None for meeting in meetings):
        yield _("It has no meeting with a start and an end.")
    elif any(meeting.starts_at <= now() for meeting in meetings if meeting.starts_at is not None):
        yield _("A meeting of it lies in the past.")


def _missing_window(session: TrainingSession, at: datetime) -> Iterator[str]:
    """A window that nobody could register in."""
    opens_at, closes_at = session.opens_at, session.closes_at
    if session.policy is RegistrationPolicy.CLOSED:
        return
    last_end = max((meeting.ends_at for meeting in planned_meetings(session) if meeting.ends_at), default=None)
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        yield _("Registration must close after it opens.")
    if opens_at is not None and last_end is not None and opens_at >= last_end:
        yield _("Registration must open before the last meeting ends.")
    if closes_at is not None and closes_at <= at:
        yield _("Registration would be over already.")
