"""Reads about requests, each for a person: an office sees its own, the secretariat all that were sent."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload, subqueryload

from trainapp.accounts.models import Person, RoleGrant
from trainapp.accounts.queries import may, offices_spoken_for, people_who_may
from trainapp.catalogue.models import Course
from trainapp.core.access import Permission, Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.offices.models import Office
from trainapp.requests.models import (
    Channel,
    RequestAttachment,
    RequestEvent,
    RequestState,
    Slot,
    Step,
    TrainingRequest,
)
from trainapp.requests.steps import OFFERED, SETTLED, WAITS_FOR, Side

PAGE_SIZE = 50


@dataclass(frozen=True)
class RequestPage:
    """One page of a list; `total` counts all that match."""

    requests: list[TrainingRequest]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def is_secretariat(person: Person) -> bool:
    return may(person, Permission.COORDINATE)


def may_keep_drafts(person: Person) -> bool:
    """Drafts are kept by offices; what the secretariat enters was sent already."""
    return bool(offices_spoken_for(person))


def sides_of(person: Person, office_id: int) -> frozenset[Side]:
    """The sides a person may act for in the requests of an office."""
    sides = set()
    if office_id in offices_spoken_for(person):
        sides.add(Side.OFFICE)
    if is_secretariat(person):
        sides.add(Side.SECRETARIAT)
    return frozenset(sides)


def sides_in(person: Person, request: TrainingRequest) -> frozenset[Side]:
    """The sides a person may act for in one request.

    An office that wrote by letter or e-mail answers that way too, and the secretariat records it.
    """
    sides = sides_of(person, request.office_id)
    if Side.SECRETARIAT in sides and request.channel is not Channel.OFFICE:
        sides |= {Side.OFFICE}
    return sides


def reading_side(person: Person) -> Side:
    """Whose eyes a person reads with: the secretariat's, or their office's."""
    return Side.SECRETARIAT if is_secretariat(person) else Side.OFFICE


def may_see(person: Person, request: TrainingRequest) -> bool:
    """A draft is its office's own until it is sent; what was sent, the secretariat sees too."""
    sides = sides_of(person, request.office_id)
    return Side.OFFICE in sides or (Side.SECRETARIAT in sides and request.state is not RequestState.DRAFT)


def request_by_public_id(public_id: str) -> TrainingRequest | None:
    return db.session.scalar(select(TrainingRequest).where(TrainingRequest.public_id == public_id))


def request_for(person: Person, public_id: str) -> TrainingRequest:
    """A request the person may see. Raises `NotFound` for any other, whether it exists or not."""
    request = request_by_public_id(public_id)
    if request is None or not may_see(person, request):
        raise NotFound()
    return request


def with_history(person: Person, public_id: str) -> TrainingRequest:
    """The same, read anew with everything its page shows, in as many statements however much has happened."""
    events = subqueryload(TrainingRequest.events)
    slots = events.subqueryload(RequestEvent.slots)
    request = db.session.scalar(
        select(TrainingRequest)
        .where(TrainingRequest.public_id == public_id)
        .options(
            selectinload(TrainingRequest.office).selectinload(Office.ldc_periods),
            selectinload(TrainingRequest.subjects),
            selectinload(TrainingRequest.entered_by),
            selectinload(TrainingRequest.assigned_to),
            selectinload(TrainingRequest.copied_from),
            selectinload(TrainingRequest.course).selectinload(Course.texts),
            events.subqueryload(RequestEvent.person),
            events.subqueryload(RequestEvent.attachments).joinedload(RequestAttachment.file),
            slots.subqueryload(Slot.meetings),
            slots.subqueryload(Slot.trainers),
        )
        .execution_options(populate_existing=True)
    )
    if request is None or not may_see(person, request):
        raise NotFound()
    return request


def newest_offer(request: TrainingRequest) -> RequestEvent | None:
    """The last step by which one side offered dates, or said that those offered do not suit."""
    offers = (event for event in reversed(request.events) if event.step in (Step.PROPOSE, Step.COUNTER))
    return next(offers, None)


def standing_slots(request: TrainingRequest) -> list[Slot]:
    """The slots that wait for the other side's answer: of the newest offer, while the request stands there."""
    offer = newest_offer(request) if request.state in OFFERED else None
    return list(offer.slots) if offer else []


def agreed_slot(request: TrainingRequest) -> Slot | None:
    """The slot both sides agreed to, while the request is agreed or on its way from there."""
    if request.state not in SETTLED:
        return None
    agreement = next((event for event in reversed(request.events) if event.step is Step.AGREE), None)
    chosen = (slot for event in request.events for slot in event.slots if slot.chosen_by_id is not None)
    return next((slot for slot in chosen if agreement and slot.chosen_by_id == agreement.id), None)


def events_since(request: TrainingRequest, event_id: int) -> list[RequestEvent]:
    """What has happened to a request after one of its events, oldest first."""
    return [event for event in request.events if event.id > event_id]


def colleagues() -> list[Person]:
    """Who a request may be assigned to, by name."""
    return people_who_may(Permission.COORDINATE)


def agreed_requests() -> list[TrainingRequest]:
    """Requests whose sessions can be planned, the oldest first."""
    return list(
        db.session.scalars(
            _with_facts(select(TrainingRequest))
            .where(TrainingRequest.state == RequestState.AGREED)
            .order_by(TrainingRequest.received_on, TrainingRequest.id)
        )
    )


def requests_seen_by(
    person: Person,
    *,
    state: RequestState | None = None,
    office_code: str | None = None,
    waiting_for: Side | None = None,
    page: int = 1,
) -> RequestPage:
    """What a person sees, the newest first, fifty on a page; filters narrow it."""
    conditions = [_visible_to(person)]
    if state is not None:
        conditions.append(TrainingRequest.state == state)
    if office_code is not None:
        conditions.append(TrainingRequest.office.has(Office.code == office_code))
    if waiting_for is not None:
        conditions.append(TrainingRequest.state.in_(states_waiting_for(waiting_for)))
    total = db.session.scalar(select(func.count()).select_from(TrainingRequest).where(*conditions)) or 0
    found = RequestPage([], total, page)
    page = min(max(page, 1), found.pages)
    rows = db.session.scalars(
        _with_facts(select(TrainingRequest))
        .where(*conditions)
        .order_by(TrainingRequest.received_on.desc(), TrainingRequest.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return RequestPage(list(rows), total, page)


def states_waiting_for(side: Side) -> list[RequestState]:
    return [state for state, waited_for in WAITS_FOR.items() if waited_for is side]


def offices_with_requests() -> list[Office]:
    """The offices the secretariat has requests of."""
    asked = select(TrainingRequest.office_id).where(TrainingRequest.state != RequestState.DRAFT)
    return list(db.session.scalars(select(Office).where(Office.id.in_(asked))))


def offices_reached(office_ids: Collection[int]) -> frozenset[int]:
    """Those of the offices where somebody gets the mails of their requests: that have a focal point today."""
    query = (
        select(RoleGrant.office_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role == Role.FOCAL_POINT,
            RoleGrant.office_id.in_(office_ids),
            RoleGrant.valid_from <= today(),
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= today()),
            Person.erased_at.is_(None),
        )
    )
    return frozenset(each for each in db.session.scalars(query) if each is not None)


def highest_number(year: int) -> int:
    """The last number given to a request in a year (`R-2026-0007` is 7); 0 for none."""
    code: InstrumentedAttribute[str] = TrainingRequest.code
    last = db.session.scalar(
        select(code).where(code.startswith(f"R-{year}-")).order_by(func.length(code).desc(), code.desc()).limit(1)
    )
    return int(last.rpartition("-")[2]) if last else 0


def _visible_to(person: Person) -> ColumnElement[bool]:
    own = TrainingRequest.office_id.in_(offices_spoken_for(person) or {0})
    sent = TrainingRequest.state != RequestState.DRAFT if is_secretariat(person) else false()
    return or_(own, sent)


def _with_facts(query: Select[TrainingRequest]) -> Select[TrainingRequest]:
    return query.options(
        selectinload(TrainingRequest.office),
        selectinload(TrainingRequest.subjects),
        selectinload(TrainingRequest.course).selectinload(Course.texts),
    )
