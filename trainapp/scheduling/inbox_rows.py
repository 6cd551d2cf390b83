"""A request as one line of the inbox, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trainapp.catalogue.queries import subject_name
from trainapp.core import timefmt
from trainapp.core.clock import today
from trainapp.core.languages import Text, language_name
from trainapp.offices.queries import office_name
from trainapp.offices.standing import Standing, standing_label, standing_of
from trainapp.requests.labels import state_label, state_tone, waiting_label
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.rows import title_of
from trainapp.requests.steps import WAITS_FOR, Side
from trainapp.scheduling.background import Capacity, OfficeBackground, PastTraining, capacity_for, office_background
from trainapp.scheduling.inbox_queries import InboxPage, planned_sessions
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.proposals import PROPOSABLE

PLANNABLE = (RequestState.AGREED, RequestState.SCHEDULED)
"""Where sessions can be planned for a request, one or several."""

Tag = tuple[str, str]
MINUTES_PER_HOUR = 60


@dataclass(frozen=True)
class InboxRow:
    """One request; `days` is how long an open one has been here, `days_since_step` since it was last moved.

    `trainers` and `free_hours` are told of open requests alone.
    """

    public_id: str
    code: str
    title: Text
    office: str
    standing: Tag | None
    state: Tag
    waiting: str
    is_ours: bool
    assigned_to: str
    days: int | None
    days_since_step: int | None
    people: int
    languages: str
    period: tuple[str, str]
    trainings: int
    latest: PastTraining | None
    never_had: str
    trainers: int | None
    free_hours: int | None
    sessions: Sequence[TrainingSession]
    may_be_planned: bool
    may_be_chosen: bool


def inbox_rows(found: InboxPage) -> list[InboxRow]:
    """The lines of a page, in a fixed number of queries however many there are."""
    requests = [request for request, _at in found.requests]
    backgrounds = office_background({request.office_id for request in requests})
    capacities = capacity_for([request for request in requests if request.state in WAITS_FOR])
    sessions = planned_sessions([request.id for request in requests])
    return [
        _row(request, at, backgrounds[request.office_id], capacities.get(request.id), sessions.get(request.id, ()))
        for request, at in found.requests
    ]


def _row(
    request: TrainingRequest,
    moved_at: datetime | None,
    background: OfficeBackground,
    capacity: Capacity | None,
    sessions: Sequence[TrainingSession],
) -> InboxRow:
    is_open = request.state in WAITS_FOR
    return InboxRow(
        public_id=request.public_id,
        code=request.code,
        title=title_of(request),
        office=office_name(request.office),
        standing=standing_tag(request),
        state=(state_label(request.state), state_tone(request.state)),
        waiting=waiting_label(request.state, Side.SECRETARIAT),
        is_ours=WAITS_FOR.get(request.state) is Side.SECRETARIAT,
        assigned_to=request.assigned_to.name if request.assigned_to else "",
        days=max(0, (today() - request.received_on).days) if is_open else None,
        days_since_step=max(0, (today() - moved_at.date()).days) if is_open and moved_at else None,
        people=request.people,
        languages=timefmt.listed(language_name(code) for code in request.languages),
        period=(timefmt.short_day(request.period_from), timefmt.short_day(request.period_to)),
        trainings=background.trainings,
        latest=background.latest[0] if background.latest else None,
        never_had=timefmt.listed(subject_name(subject) for subject in background.never_had(request.subjects)),
        trainers=capacity.trainers if capacity else None,
        free_hours=capacity.free_minutes // MINUTES_PER_HOUR if capacity else None,
        sessions=sessions,
        may_be_planned=request.state in PLANNABLE,
        may_be_chosen=request.state in (*PROPOSABLE, *PLANNABLE),
    )


def standing_tag(request: TrainingRequest) -> Tag | None:
    """How the office's state was counted on the day the request was received."""
    standing = standing_of(request.office, request.received_on)
    if standing is None:
        return None
    return standing_label(standing), "info" if standing is Standing.LEAST_DEVELOPED else "neutral"
