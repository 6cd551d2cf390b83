"""Rules of requests: who may ask for what, and how a request goes from step to step."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm.attributes import flag_modified

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course, Level, Subject
from trainapp.catalogue.queries import course_by_code, subjects_by_code
from trainapp.core.audit import record_act
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden
from trainapp.core.languages import LANGUAGES, lazy
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code
from trainapp.requests.models import Channel, Mode, RequestEvent, RequestState, Step, TrainingRequest
from trainapp.requests.notices import tell_other_side
from trainapp.requests.queries import (
    agreed_requests,
    highest_number,
    is_secretariat,
    request_by_public_id,
    request_for,
    sides_in,
    sides_of,
)
from trainapp.requests.steps import Rule, Side, find_rule, is_step_of, rules_from

MOST_PEOPLE = 10_000
EARLIEST_YEAR = 2000
YEARS_AHEAD = 5


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


@dataclass(frozen=True)
class Wish:
    """What an office asks for, in plain values; `received_on` only for what came by letter or e-mail."""

    office_code: str
    level: Level
    languages: tuple[str, ...]
    mode: Mode
    people: int
    period_from: date
    period_to: date
    course_code: str = ""
    subject_codes: tuple[str, ...] = ()
    audience: str = ""
    hours: str = ""
    needs: str = ""
    outcome: str = ""
    support: str = ""
    channel: Channel = Channel.OFFICE
    received_on: date | None = None


def new_request(actor: Person, wish: Wish, *, send: bool = True) -> TrainingRequest:
    """Keep a new request, sent or as a draft.

    An office enters its own, the secretariat what came by letter or e-mail. Raises `DomainError` on the field
    that is not right, `Forbidden` for a draft of the secretariat.
    """
    office = _office_of(actor, wish.office_code)
    sides = sides_of(actor, office.id)
    rule = find_rule(Step.SUBMIT if send else Step.SAVE_DRAFT, None, sides)
    if rule is None:
        raise Forbidden()
    _check_channel(wish, sides)
    received_on = wish.received_on if wish.channel is not Channel.OFFICE and wish.received_on else today()
    request = TrainingRequest(
        code=f"R-{received_on.year}-{highest_number(received_on.year) + 1:04d}",
        office=office,
        state=rule.to,
        channel=wish.channel,
        received_on=received_on,
        entered_by=actor,
    )
    _fill_in(request, wish)
    if send:
        _check_complete(request)
    db.session.add(request)
    db.session.flush()
    _write_event(actor, request, rule, None, "", sides)
    return request


def change_draft(actor: Person, request: TrainingRequest, wish: Wish, version: int, *, send: bool) -> None:
    """Change a draft, and send it or keep it. Raises `RequestMoved` when somebody else changed it first."""
    office = _office_of(actor, wish.office_code)
    if Side.OFFICE not in sides_of(actor, office.id):
        raise DomainError(lazy("Choose an office you speak for."), "office")
    rule = _lock_and_find_rule(actor, request, Step.SUBMIT if send else Step.SAVE_DRAFT, version)
    request.office = office
    _fill_in(request, wish)
    _go(actor, request, rule, "")


def take_step(
    actor: Person, request: TrainingRequest, step: Step, comment: str = "", version: int | None = None
) -> None:
    """Take a step for the actor's side, and tell the other side.

    `version` is that of the page the actor saw. Raises `RequestMoved` when the request has changed since,
    `StepRefused` when the step is not possible from where it stands, `Forbidden` when it is the other side's,
    and `DomainError` on `comment` when words are missing.
    """
    rule = _lock_and_find_rule(actor, request, step, version)
    if rule.needs_comment and not comment.strip():
        raise DomainError(_words_missing(step), "comment")
    _go(actor, request, rule, comment.strip())


def discard_draft(actor: Person, request: TrainingRequest) -> None:
    """Take away a draft, which nobody but its office has seen. Raises `StepRefused` once it was sent."""
    _lock(request, None)
    if request.state is not RequestState.DRAFT or Side.OFFICE not in sides_of(actor, request.office_id):
        raise StepRefused()
    record_act(actor.id, "draft discarded", f"training_request:{request.id}", before={"code": request.code})
    db.session.delete(request)


def allowed_steps(person: Person, request: TrainingRequest) -> list[Rule]:
    """The steps a person may take now."""
    return rules_from(request.state, sides_in(person, request))


def mark_scheduled(actor: Person, request: TrainingRequest, comment: str = "") -> None:
    """A session that answers the request was published. Does nothing when another one was before."""
    if request.state not in (RequestState.SCHEDULED, RequestState.DELIVERED):
        _take_system_step(actor, request, Step.SCHEDULE, comment)


def mark_delivered(actor: Person, request: TrainingRequest) -> None:
    """The training of the request has taken place. Does nothing when that is known already."""
    if request.state is not RequestState.DELIVERED:
        _take_system_step(actor, request, Step.DELIVER, "")


def _take_system_step(actor: Person, request: TrainingRequest, step: Step, comment: str) -> None:
    _lock(request, None)
    rule = find_rule(step, request.state, {Side.SYSTEM})
    if rule is None:
        raise StepRefused()
    _go(actor, request, rule, comment)


def _lock_and_find_rule(actor: Person, request: TrainingRequest, step: Step, version: int | None) -> Rule:
    sides = sides_in(actor, request)
    if not is_step_of(step, sides):
        raise Forbidden()
    _lock(request, version)
    rule = find_rule(step, request.state, sides)
    if rule is None:
        raise StepRefused()
    return rule


def _lock(request: TrainingRequest, version: int | None) -> None:
    """Keep others from changing the request until this unit of work ends, and see it as it is now."""
    db.session.refresh(request, ["state", "version"], with_for_update=True)
    if version is not None and version != request.version:
        raise RequestMoved()


def _go(actor: Person, request: TrainingRequest, rule: Rule, comment: str) -> None:
    if rule.step is Step.SUBMIT:
        _check_complete(request)
        request.received_on = today()
    from_state = request.state
    request.state = rule.to or from_state
    flag_modified(request, "state")  # every event raises the version, also one that moves nothing
    _write_event(actor, request, rule, from_state, comment, sides_in(actor, request))


def _write_event(
    actor: Person,
    request: TrainingRequest,
    rule: Rule,
    from_state: RequestState | None,
    comment: str,
    sides: frozenset[Side],
) -> None:
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
    if rule.step is Step.SCHEDULE:
        return  # the mail about the session, with all its times, says it
    acting = rule.sides & sides
    tell_other_side(event, Side.OFFICE if acting == {Side.OFFICE} else Side.SECRETARIAT)


def _office_of(actor: Person, code: str) -> Office:
    office = office_by_code(code)
    if office is None or not sides_of(actor, office.id):
        raise DomainError(lazy("Choose an office you speak for."), "office")
    return office


def _check_channel(wish: Wish, sides: frozenset[Side]) -> None:
    if wish.channel is Channel.OFFICE:
        if Side.OFFICE not in sides:
            raise DomainError(lazy("Say whether the request came by letter or by e-mail."), "channel")
        return
    if Side.SECRETARIAT not in sides:
        raise Forbidden()
    if wish.received_on is None:
        raise DomainError(lazy("Give the day on which the request was received."), "received_on")
    if wish.received_on > today():
        raise DomainError(lazy("This day is still to come."), "received_on")
    if wish.received_on.year < EARLIEST_YEAR:
        raise DomainError(lazy("Please check the year."), "received_on")


def _fill_in(request: TrainingRequest, wish: Wish) -> None:
    """Put what is asked for into a request. Raises `DomainError` on the field that is not right."""
    _check_languages(wish.languages)
    _check_period(wish)
    if not 1 <= wish.people <= MOST_PEOPLE:
        raise DomainError(lazy("Please check the number of people."), "people")
    course = _course_of(wish.course_code)
    request.course = course
    request.subjects = _subjects_of(wish.subject_codes, course)
    request.level = wish.level
    request.languages = list(wish.languages)
    request.mode = wish.mode
    request.audience = wish.audience
    request.people = wish.people
    request.period_from = wish.period_from
    request.period_to = wish.period_to
    request.hours = wish.hours
    request.needs = wish.needs
    request.outcome = wish.outcome
    request.support = wish.support


def _check_languages(languages: tuple[str, ...]) -> None:
    if not languages or any(code not in LANGUAGES for code in languages):
        raise DomainError(lazy("There is no such language here."), "first_language")
    if len(set(languages)) != len(languages):
        raise DomainError(lazy("Choose another language than the first."), "second_language")


def _check_period(wish: Wish) -> None:
    if wish.period_to < wish.period_from:
        raise DomainError(lazy("The last day comes before the first."), "period_to")
    if wish.channel is Channel.OFFICE and wish.period_to < today():
        raise DomainError(lazy("This period is over. Choose days to come."), "period_to")
    for field, value in (("period_from", wish.period_from), ("period_to", wish.period_to)):
        if not EARLIEST_YEAR <= value.year <= today().year + YEARS_AHEAD:
            raise DomainError(lazy("Please check the year."), field)


def _course_of(code: str) -> Course | None:
    if not code:
        return None
    course = course_by_code(code)
    if course is None:
        raise DomainError(lazy("There is no such course in the catalogue."), "course")
    return course


def _subjects_of(codes: tuple[str, ...], course: Course | None) -> list[Subject]:
    """The subjects named, else those of the course."""
    named = subjects_by_code(list(codes)) if codes else []
    return named or (list(course.subjects) if course else [])


def _check_complete(request: TrainingRequest) -> None:
    """A draft may lack these; a request that is sent may not."""
    if not request.subjects:
        raise DomainError(lazy("Choose a course, or at least one subject."), "subjects")
    if not request.audience:
        raise DomainError(lazy("Say who the training is for."), "audience")


def _words_missing(step: Step) -> object:
    messages = {
        Step.ASK: lazy("Write your question to the office."),
        Step.ANSWER: lazy("Write your answer to the secretariat."),
        Step.PROPOSE: lazy("Write which dates and times you propose, and their time zone."),
        Step.COUNTER: lazy("Write which dates and times you propose, and their time zone."),
        Step.DECLINE: lazy("Write why the request is declined."),
    }
    return messages.get(step, lazy("Write your comment."))


__all__ = [
    "RequestMoved",
    "StepRefused",
    "Wish",
    "agreed_requests",
    "allowed_steps",
    "change_draft",
    "is_secretariat",
    "mark_delivered",
    "mark_scheduled",
    "new_request",
    "request_by_public_id",
    "request_for",
    "take_step",
]
