"""Rules of requests: who may ask for what, and how a request goes from step to step."""

from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden, NotFound
from trainapp.core.languages import lazy
from trainapp.files.service import Upload
from trainapp.requests.attachments import attach
from trainapp.requests.labels import words_missing
from trainapp.requests.models import RequestEvent, RequestState, Slot, Step, TrainingRequest
from trainapp.requests.notices import tell
from trainapp.requests.queries import (
    agreed_requests,
    colleagues,
    is_secretariat,
    request_by_public_id,
    request_for,
    sides_in,
    standing_slots,
)
from trainapp.requests.slots import SlotOffer, has_begun, slots_from
from trainapp.requests.steps import EITHER, Rule, Side, find_rule, is_step_of, rules_from

STEPS_APART = (Step.SAVE_DRAFT, Step.SUBMIT, Step.ASSIGN)
"""Steps that say more than words and files: a draft's are taken by its form (see `asking`), `assign` is below."""

STEPS_WITH_SLOTS = (Step.PROPOSE, Step.COUNTER)

Completion = Callable[[RequestEvent], object]
"""What adds to an event what came with it (files, slots), before anybody is told."""


class RequestMoved(Conflict):
    """Somebody took a step since the reader opened the page; what they typed must not be lost."""

    def __init__(self) -> None:
        super().__init__(
            lazy(
                "Something has happened to this request since you opened the page. Look at its history, "
                "then repeat your step; what you typed is still there."
            )
        )


class StepRefused(Conflict):
    """The request stands where this step does not lead on."""

    def __init__(self) -> None:
        super().__init__(lazy("This step cannot be taken as the request stands now."))


def take_step(
    actor: Person,
    request: TrainingRequest,
    step: Step,
    comment: str = "",
    version: int | None = None,
    *,
    slots: Sequence[SlotOffer] = (),
    chosen: str | None = None,
    files: Sequence[Upload] = (),
    allowed: frozenset[Side] = EITHER,
) -> RequestEvent:
    """Take a step for the actor's side, with its words, files and dates, and tell the other side.

    `version` is that of the page the actor saw, `chosen` the public id of the slot that is agreed to, `allowed` the
    sides for which the actor may act here, of those that are theirs. Raises
    `RequestMoved` when the request has changed since, `StepRefused` when the step is not possible from where it
    stands, `Forbidden` when it is the other side's, and `DomainError` on `comment`, `slots`, `chosen`, `files` or an
    input of a slot (`slots.offer_field`) for what is missing or not right.
    """
    if step in STEPS_APART:
        raise StepRefused()
    rule = lock_and_find_rule(actor, request, step, version, allowed)
    db.session.expire(request, ["events"])
    words = comment.strip()
    _check_content(rule, words, slots)
    offered = slots_from(slots)
    taken = _slot_taken(rule, request, chosen)

    def complete(event: RequestEvent) -> None:
        event.slots = offered
        if taken is not None:
            taken.chosen_by = event
        attach(event, files)
        db.session.flush()

    return advance(actor, request, rule, words, complete, allowed=allowed)


def begin_review(actor: Person, request: TrainingRequest, version: int | None) -> RequestEvent:
    """Take a request into review on the way to a step that tells the office more: nobody is told of the review.

    Raises as `take_step` does.
    """
    rule = lock_and_find_rule(actor, request, Step.REVIEW, version)
    return advance(actor, request, rule, "", is_told=False)


def assign(actor: Person, request: TrainingRequest, colleague: str, version: int | None = None) -> RequestEvent | None:
    """Put a request into a colleague's hands, by public id; "" leaves it to everybody. Only the colleague is told.

    Does nothing, and gives None, when it is so already. Raises as `take_step` does.
    """
    rule = lock_and_find_rule(actor, request, Step.ASSIGN, version)
    person = next((each for each in colleagues() if each.public_id == colleague), None)
    if colleague and person is None:
        raise DomainError(lazy("Choose a colleague of the secretariat."), "colleague")
    if request.assigned_to is person:
        return None
    request.assigned_to = person
    return advance(actor, request, rule, person.name if person else "")


def _check_content(rule: Rule, words: str, slots: Sequence[SlotOffer]) -> None:
    """Whether a step says what it must, and offers dates only where it may."""
    if rule.needs_slots and not slots:
        raise DomainError(lazy("Choose at least one set of dates to propose."), "slots")
    if rule.step is Step.COUNTER and not slots and not words:
        raise DomainError(words_missing(rule.step), "comment")
    if rule.needs_comment and not words:
        raise DomainError(words_missing(rule.step), "comment")
    if slots and rule.step not in STEPS_WITH_SLOTS:
        message = lazy("Dates go with a proposal only. Propose them, or empty their fields, then repeat your step.")
        raise DomainError(message, "slots")
    if rule.step is Step.COUNTER and any(offer.trainers for offer in slots):
        raise Forbidden()  # an office does not dispose of trainers' time


def _slot_taken(rule: Rule, request: TrainingRequest, chosen: str | None) -> Slot | None:
    """The slot that is agreed to; None for other steps, and where none was offered."""
    standing = standing_slots(request) if rule.step is Step.AGREE else []
    if not standing:
        if chosen:
            raise StepRefused()
        return None
    if not chosen:
        raise DomainError(lazy("Choose which of the dates you agree to."), "chosen")
    slot = next((each for each in standing if each.public_id == chosen), None)
    if slot is None:
        raise DomainError(lazy("These dates are no longer offered. Look at those that are."), "chosen")
    if has_begun(slot):
        raise DomainError(lazy("These dates have passed. Propose others."), "chosen")
    return slot


def allowed_steps(person: Person, request: TrainingRequest) -> list[Rule]:
    """The steps a person may take now."""
    return rules_from(request.state, sides_in(person, request))


def mark_scheduled(actor: Person, request: TrainingRequest, comment: str = "") -> None:
    """A session that answers the request was published. Does nothing when another one was before."""
    if request.state not in (RequestState.SCHEDULED, RequestState.DELIVERED):
        _take_system_step(actor, request, Step.SCHEDULE, comment)


def mark_called_off(actor: Person, request: TrainingRequest, comment: str = "") -> None:
    """The last session that answers a scheduled request was cancelled: it waits for a plan again."""
    _take_system_step(actor, request, Step.CALL_OFF, comment)


def mark_delivered(actor: Person, request: TrainingRequest) -> None:
    """The training of the request has taken place. Does nothing when that is known already."""
    if request.state is not RequestState.DELIVERED:
        _take_system_step(actor, request, Step.DELIVER, "")


def _take_system_step(actor: Person, request: TrainingRequest, step: Step, comment: str) -> None:
    lock(request, None)
    rule = find_rule(step, request.state, {Side.SYSTEM})
    if rule is None:
        raise StepRefused()
    advance(actor, request, rule, comment)


def lock_and_find_rule(
    actor: Person, request: TrainingRequest, step: Step, version: int | None, allowed: frozenset[Side] = EITHER
) -> Rule:
    """Lock a request and find the rule by which the actor takes a step for one of the sides allowed.

    Raises `Forbidden`, `RequestMoved` or `StepRefused`.
    """
    sides = sides_in(actor, request) & allowed
    if not is_step_of(step, sides):
        raise Forbidden()
    lock(request, version)
    rule = find_rule(step, request.state, sides)
    if rule is None:
        raise StepRefused()
    return rule


def lock(request: TrainingRequest, version: int | None) -> None:
    """Keep others from changing the request until this unit of work ends, and see it as it is now."""
    found = db.session.scalar(
        select(TrainingRequest)
        .where(TrainingRequest.id == request.id)
        .with_for_update(of=TrainingRequest)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()  # a draft that a colleague has just discarded
    if version is not None and version != request.version:
        raise RequestMoved()


def advance(
    actor: Person,
    request: TrainingRequest,
    rule: Rule,
    comment: str,
    complete: Completion | None = None,
    *,
    allowed: frozenset[Side] = EITHER,
    is_told: bool = True,
) -> RequestEvent:
    """Take a step that is allowed on a request that is locked; every event raises the version."""
    from_state = request.state
    request.state = rule.to or from_state
    flag_modified(request, "state")  # also an event that moves nothing raises the version
    sides = sides_in(actor, request) & allowed
    return write_event(actor, request, rule, from_state, comment, sides, complete, is_told=is_told)


def write_event(
    actor: Person,
    request: TrainingRequest,
    rule: Rule,
    from_state: RequestState | None,
    comment: str,
    sides: frozenset[Side],
    complete: Completion | None = None,
    *,
    is_told: bool = True,
) -> RequestEvent:
    """Write the event of a step just taken, add to it what came with it, and queue the mails about it all."""
    event = RequestEvent(
        request=request,
        at=now(),
        person=actor,
        step=rule.step,
        from_state=from_state,
        to_state=request.state,
        comment=comment,
    )
    db.session.add(event)
    db.session.flush()
    if complete is not None:
        complete(event)
    if is_told:
        acting = rule.sides & sides
        tell(event, Side.OFFICE if acting == {Side.OFFICE} else Side.SECRETARIAT)
    return event


__all__ = [
    "RequestMoved",
    "StepRefused",
    "agreed_requests",
    "allowed_steps",
    "assign",
    "begin_review",
    "is_secretariat",
    "mark_called_off",
    "mark_delivered",
    "mark_scheduled",
    "request_by_public_id",
    "request_for",
    "take_step",
]
