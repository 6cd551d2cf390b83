"""The page that answers requests with dates: each request in short, its office's background, the slots found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload, subqueryload

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course
from trainapp.catalogue.queries import subject_name
from trainapp.core import timefmt
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.core.languages import Text, ngettext
from trainapp.core.timefmt import TimeLine
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.requests.facts import Fact, facts_of
from trainapp.requests.labels import slot_label, state_label, state_tone
from trainapp.requests.models import RequestEvent, RequestState, Slot, TrainingRequest
from trainapp.requests.queries import events_since, may_see, offices_reached, standing_slots
from trainapp.requests.rows import title_of
from trainapp.requests.slots import SECRETARIAT_ZONE, meeting_times
from trainapp.requests.thread import EventLine, event_lines
from trainapp.scheduling.background import Capacity, OfficeBackground, capacity_for, office_background
from trainapp.scheduling.inbox_queries import planned_sessions
from trainapp.scheduling.inbox_rows import MINUTES_PER_HOUR, PLANNABLE, Tag, standing_tag
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.offer_form import OfferInput
from trainapp.scheduling.proposals import MOST_JOINED, PROPOSABLE
from trainapp.scheduling.slot_finder import find_slots
from trainapp.scheduling.slot_search import SlotWish, search_for
from trainapp.scheduling.slot_terms import Condition, Result
from trainapp.scheduling.slot_words import blocker_text, relaxation_text
from trainapp.scheduling.slots_shown import Card, OwnCheck, cards_of, own_checks, viewer_of
from trainapp.scheduling.trainer_queries import Trainer


@dataclass(frozen=True)
class OfferedDates:
    """Dates that stand: each meeting's times, the reader's own first."""

    label: str
    meetings: list[list[TimeLine]]


@dataclass(frozen=True)
class AskedView:
    """One request on the page; `version` and `last_event` say what its reader has seen of it.

    `offered` are the dates that the secretariat has proposed and that wait for an answer.
    """

    public_id: str
    code: str
    title: Text
    office: str
    office_code: str
    reaches_nobody: bool
    standing: Tag | None
    state: Tag
    facts: list[Fact]
    background: OfficeBackground
    never_had: str
    capacity: Capacity
    free_hours: int
    sessions: Sequence[TrainingSession]
    may_be_planned: bool
    may_be_proposed: bool
    offered: list[OfferedDates]
    version: int
    last_event: int
    happened: list[EventLine]


def requests_to_answer(reader: Person, public_id: str, others: Sequence[str]) -> list[TrainingRequest]:
    """The request to answer, and those that are to be answered with it.

    Raises `NotFound` for a request that was not sent; of the others, those that are not there are left out.
    """
    named = list(dict.fromkeys((public_id, *others)))[:MOST_JOINED]
    found = {request.public_id: request for request in _requests(named) if _is_sent(reader, request)}
    if public_id not in found:
        raise NotFound()
    return [found[each] for each in named if each in found]


def _requests(public_ids: Sequence[str]) -> Sequence[TrainingRequest]:
    """The requests with all that the page shows of them, in a fixed number of queries, read anew."""
    return db.session.scalars(
        select(TrainingRequest)
        .where(TrainingRequest.public_id.in_(public_ids))
        .options(
            selectinload(TrainingRequest.office).selectinload(Office.ldc_periods),
            selectinload(TrainingRequest.subjects),
            selectinload(TrainingRequest.course).selectinload(Course.texts),
            subqueryload(TrainingRequest.events).subqueryload(RequestEvent.slots).subqueryload(Slot.meetings),
        )
        .execution_options(populate_existing=True)
    ).all()


def _is_sent(reader: Person, request: TrainingRequest) -> bool:
    return may_see(reader, request) and request.state is not RequestState.DRAFT


def views_of(requests: Sequence[TrainingRequest], zone: str, seen: Mapping[str, int] | None = None) -> list[AskedView]:
    """The requests as the page shows them, with times in a reader's zone first.

    `seen` are the last events that a reader knew of who was not in time, by the requests' public ids.
    """
    backgrounds = office_background({request.office_id for request in requests})
    capacities = capacity_for(requests)
    sessions = planned_sessions([request.id for request in requests])
    reached = offices_reached({request.office_id for request in requests})
    return [
        _view(
            request,
            backgrounds[request.office_id],
            capacities[request.id],
            sessions.get(request.id, ()),
            zone,
            request.office_id not in reached,
            [] if seen is None else event_lines(request, events_since(request, seen[request.public_id]), zone),
        )
        for request in requests
    ]


def _view(
    request: TrainingRequest,
    background: OfficeBackground,
    capacity: Capacity,
    sessions: Sequence[TrainingSession],
    zone: str,
    reaches_nobody: bool,
    happened: list[EventLine],
) -> AskedView:
    return AskedView(
        public_id=request.public_id,
        code=request.code,
        title=title_of(request),
        office=office_name(request.office),
        office_code=request.office.code,
        reaches_nobody=reaches_nobody,
        standing=standing_tag(request),
        state=(state_label(request.state), state_tone(request.state)),
        facts=facts_of(request),
        background=background,
        never_had=timefmt.listed(subject_name(subject) for subject in background.never_had(request.subjects)),
        capacity=capacity,
        free_hours=capacity.free_minutes // MINUTES_PER_HOUR,
        sessions=sessions,
        may_be_planned=request.state in PLANNABLE,
        may_be_proposed=request.state in PROPOSABLE,
        offered=_offered(request, zone),
        version=request.version,
        last_event=last_event(request),
        happened=happened,
    )


def _offered(request: TrainingRequest, zone: str) -> list[OfferedDates]:
    if request.state is not RequestState.PROPOSED:
        return []
    zones = [request.office.zone, SECRETARIAT_ZONE]
    return [
        OfferedDates(
            slot_label(slot.position),
            [timefmt.time_lines(*meeting, zone, zones) for meeting in meeting_times(slot)],
        )
        for slot in standing_slots(request)
    ]


def last_event(request: TrainingRequest) -> int:
    return max((event.id for event in request.events), default=0)


@dataclass(frozen=True)
class Relaxing:
    """What becomes possible where these conditions are given up."""

    text: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Finding:
    """What the search gave, and what was picked or typed; `nothing` says that no time fits everybody."""

    lead: str
    cards: list[Card]
    own: dict[str, OwnCheck]
    nothing: bool
    blockers: list[str]
    relaxations: list[Relaxing]
    opens_own: bool


def finding_of(
    requests: Sequence[TrainingRequest],
    wish: SlotWish | None,
    offer: OfferInput,
    trainers: Sequence[Trainer],
    zone: str,
) -> Finding:
    """Search, where it is said for what, and show it together with what was picked and typed before.

    `zone` is the reader's.
    """
    viewer = viewer_of(requests, wish.offices if wish else (), trainers, zone)
    result = find_slots(search_for(requests, wish)) if wish else None
    own, parties = own_checks(offer, viewer), viewer.parties()
    nothing = result is not None and not result.slots
    return Finding(
        lead=_lead(result) if result else "",
        cards=cards_of(result, offer, viewer, wish.zone if wish else zone),
        own=own,
        nothing=nothing,
        blockers=[blocker_text(each, parties) for each in result.blockers] if result else [],
        relaxations=[Relaxing(relaxation_text(each, parties), each.conditions) for each in result.relaxations]
        if result
        else [],
        opens_own=nothing or offer.typed.has_dates() or offer.typed.asks_for_rows,
    )


def _lead(result: Result) -> str:
    """How many slots fit, of which the best are shown."""
    return ngettext(
        "%(num)s choice of dates is possible.",
        "%(num)s choices of dates are possible; the best come first.",
        result.feasible_count,
    )
