"""Mails of requests: each step is told to the other side, to every person in their own language and zone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trainapp.accounts.links import address_of, issue_link
from trainapp.accounts.models import Person
from trainapp.accounts.queries import people_who_may, people_with_role
from trainapp.core import timefmt
from trainapp.core.access import Permission, Role
from trainapp.core.clock import now
from trainapp.core.languages import _, speaking
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.offices.queries import office_name
from trainapp.requests.facts import facts_of
from trainapp.requests.labels import event_label, state_label, what_next
from trainapp.requests.models import RequestEvent, RequestState, Slot, Step, TrainingRequest
from trainapp.requests.queries import agreed_slot, standing_slots
from trainapp.requests.steps import Side
from trainapp.requests.thread import file_lines, slot_lines

ROOM = "requests"
ANSWER_LIFETIME = timedelta(days=60)
ASKS_FOR_AN_ANSWER = (Step.PROPOSE, Step.ASK)
NOT_TOLD = (Step.SAVE_DRAFT, Step.SCHEDULE)
"""A draft is nobody else's business yet; the mail about a published session has all its times and says it."""

Reader = tuple[Person, Side]


def tell(event: RequestEvent, acting: Side) -> None:
    """Queue one mail to each person whom a step concerns but for the one who took it."""
    if event.step in NOT_TOLD or _was_never_sent(event):
        return
    told: dict[int, Reader] = {}
    for person, side in _readers(event, acting):
        if person.id != event.person_id:
            told.setdefault(person.id, (person, side))
    for person, side in told.values():
        _queue(event, person, side)


def _was_never_sent(event: RequestEvent) -> bool:
    return event.from_state is RequestState.DRAFT and event.step is not Step.SUBMIT


def _readers(event: RequestEvent, acting: Side) -> Iterator[Reader]:
    """An assignment is the assignee's business; any other step the other side's, and that of an office for which
    the secretariat recorded it."""
    request = event.request
    if event.step is Step.ASSIGN:
        if request.assigned_to is not None:
            yield request.assigned_to, Side.SECRETARIAT
        return
    office = people_with_role(Role.FOCAL_POINT, request.office_id)
    if acting is not Side.OFFICE:
        yield from ((person, Side.OFFICE) for person in office)
        return
    yield from ((person, Side.SECRETARIAT) for person in _secretariat_of(request))
    if event.person_id not in {person.id for person in office}:
        yield from ((person, Side.OFFICE) for person in office)


def _secretariat_of(request: TrainingRequest) -> list[Person]:
    """The colleague a request is assigned to while they are one; else everybody there."""
    people = people_who_may(Permission.COORDINATE)
    return [person for person in people if person.id == request.assigned_to_id] or people


def _queue(event: RequestEvent, person: Person, reading: Side) -> None:
    asks = reading is Side.OFFICE and event.step in ASKS_FOR_AN_ANSWER
    url = _answer_url(event, person) if asks else _page_url(event, person)
    with speaking(person.language):
        context = _content(event, person, reading)
    rendered = render_mail(ROOM, "step", person.language, url=url, asks=asks, **context)
    recipient = Recipient(person.name, address_of(person), person.language)
    key = f"request:{event.request_id}:event:{event.id}:to:{person.id}"
    queue_mail(key, recipient, rendered, holds_secret=asks)


def _page_url(event: RequestEvent, person: Person) -> str:
    return absolute_url("requests.request", public_id=event.request.public_id, language=person.language)


def _answer_url(event: RequestEvent, person: Person) -> str:
    token = issue_link(person, answer_scope(event.request), now() + ANSWER_LIFETIME)
    return absolute_url("requests.answer", token=token, language=person.language)


def answer_scope(request: TrainingRequest) -> str:
    """The scope of a link by which a focal point answers one request from the mail."""
    return f"request:{request.id}:answer"


def _content(event: RequestEvent, person: Person, reading: Side) -> dict[str, Any]:
    """Everything the mail says, in the language being spoken and the person's own zone."""
    request = event.request
    is_assignment = event.step is Step.ASSIGN
    slots = _slots_to_tell(event)
    return {
        "name": person.name,
        "code": request.code,
        "what": _("The request was assigned to you") if is_assignment else event_label(event),
        "office": office_name(request.office),
        "state": state_label(request.state),
        "facts": facts_of(request),
        "author": event.person.name,
        "when": timefmt.moment(event.at, person.zone, person.language),
        "comment": "" if is_assignment else event.comment,
        "files": file_lines(event),
        "slots": slot_lines(request, slots, person.zone),
        "what_next": what_next(request.state, reading, has_dates=bool(slots)),
    }


def _slots_to_tell(event: RequestEvent) -> list[Slot]:
    """The dates the reader needs: those agreed, else those that stand."""
    agreed = agreed_slot(event.request)
    return [agreed] if agreed is not None else standing_slots(event.request)
