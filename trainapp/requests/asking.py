"""Asking for a training: drafts, the sending of them, copies of earlier requests. The steps afterwards: `service`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from trainapp.accounts.models import Person
from trainapp.accounts.queries import offices_spoken_for
from trainapp.core.audit import record_act
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden
from trainapp.core.languages import lazy
from trainapp.core.tokens import public_id
from trainapp.files.service import Upload
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code
from trainapp.requests.attachments import attach
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.queries import highest_number, may_see, request_by_public_id, sides_of
from trainapp.requests.service import (
    RequestMoved,
    StepRefused,
    advance,
    lock,
    lock_and_find_rule,
    write_event,
)
from trainapp.requests.steps import Rule, Side, find_rule
from trainapp.requests.wishes import EARLIEST_YEAR, Wish, fill_in, fill_in_what_is_right, wish_of

KEY = re.compile("[A-Za-z0-9_-]{16}")

Typed = dict[str, list[str]]
"""A form as it was typed: the values of each of its fields by name."""


class DraftMoved(Conflict):
    """The draft was changed elsewhere since its page was opened; what was typed must not be lost."""

    def __init__(self) -> None:
        super().__init__(
            lazy(
                "This draft was changed in another window or by a colleague since you opened this page. "
                "What you typed is still here; keep or send it again, and it stands instead of the other."
            )
        )


def new_request(
    actor: Person,
    wish: Wish,
    *,
    send: bool = True,
    key: str = "",
    typed: Typed | None = None,
    copied_from: TrainingRequest | None = None,
    original: Sequence[Upload] = (),
) -> TrainingRequest:
    """Keep a new request, sent or as a draft.

    An office enters its own, the secretariat what came by letter or e-mail, with the `original`. `key` becomes the
    public id where it is free. Raises `DomainError` on the field that is not right, `Forbidden` for a draft of the
    secretariat.
    """
    office = _office_of(actor, wish.office_code)
    sides = sides_of(actor, office.id)
    rule = find_rule(Step.SUBMIT if send else Step.SAVE_DRAFT, None, sides)
    if rule is None:
        raise Forbidden()
    _check_channel(wish, sides)
    request = _blank(actor, office, wish, rule, key)
    request.copied_from, request.typed = copied_from, typed or {}
    if send:
        fill_in(request, wish)
    else:
        fill_in_what_is_right(request, wish)
    db.session.add(request)
    db.session.flush()
    write_event(actor, request, rule, None, "", sides, complete=lambda event: attach(event, original, is_original=True))
    return request


def keep_draft(
    actor: Person,
    draft: TrainingRequest | None,
    wish: Wish,
    typed: Typed,
    version: int | None = None,
    *,
    key: str = "",
    copied_from: TrainingRequest | None = None,
) -> TrainingRequest:
    """Keep what was typed, right or not, as a new draft or in place of what a draft held.

    `version` is that of the page; none for a page that has not yet heard of its draft. Raises `DraftMoved` when the
    draft was changed elsewhere, `StepRefused` once it was sent.
    """
    if not offices_spoken_for(actor):
        raise Forbidden()
    office = _own_office(actor, wish.office_code)
    wish = replace(wish, channel=Channel.OFFICE, received_on=None)  # what came by letter was sent already
    if draft is None:
        draft = new_request(actor, wish, send=False, key=key, typed=typed, copied_from=copied_from)
    else:
        rule = _lock_draft(actor, draft, Step.SAVE_DRAFT, version)
        fill_in_what_is_right(draft, wish)
        draft.office = office
        draft.typed = typed
        _note_kept(actor, draft, rule)
    db.session.flush()
    return draft


def send_draft(actor: Person, draft: TrainingRequest, wish: Wish, version: int | None = None) -> None:
    """Send a draft as it is now wished for.

    Raises as `keep_draft` does, and `DomainError` on the field that is not right.
    """
    office = _own_office(actor, wish.office_code)
    rule = _lock_draft(actor, draft, Step.SUBMIT, version)
    fill_in(draft, wish)
    draft.office = office
    draft.typed = {}
    draft.received_on = today()
    advance(actor, draft, rule, "")


def discard_draft(actor: Person, request: TrainingRequest) -> None:
    """Take away a draft, which nobody but its office has seen. Raises `StepRefused` once it was sent."""
    lock(request, None)
    if request.state is not RequestState.DRAFT or Side.OFFICE not in sides_of(actor, request.office_id):
        raise StepRefused()
    record_act(actor.id, "draft discarded", f"training_request:{request.id}", before={"code": request.code})
    db.session.delete(request)


def copy_of(request: TrainingRequest) -> Wish:
    """The same wish once more, its period moved by as many whole years as bring it into the future."""
    years = max(0, today().year - request.period_from.year)
    if _years_later(request.period_from, years) <= today():
        years += 1
    return replace(
        wish_of(request),
        period_from=_years_later(request.period_from, years),
        period_to=_years_later(request.period_to, years),
    )


def request_of_key(person: Person, key: str) -> TrainingRequest | None:
    """The request that a page with this key made before, as far as the person may see it."""
    found = request_by_public_id(key) if KEY.fullmatch(key) else None
    return found if found is not None and may_see(person, found) else None


def _office_of(actor: Person, code: str) -> Office:
    office = office_by_code(code)
    if office is None or not sides_of(actor, office.id):
        raise _not_theirs()
    return office


def _own_office(actor: Person, code: str) -> Office:
    office = _office_of(actor, code)
    if office.id not in offices_spoken_for(actor):
        raise _not_theirs()
    return office


def _not_theirs() -> DomainError:
    return DomainError(lazy("Choose an office you speak for."), "office")


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


def _blank(actor: Person, office: Office, wish: Wish, rule: Rule, key: str) -> TrainingRequest:
    received_on = wish.received_on if wish.channel is not Channel.OFFICE and wish.received_on else today()
    is_free = KEY.fullmatch(key) and request_by_public_id(key) is None
    return TrainingRequest(
        public_id=key if is_free else public_id(),
        code=f"R-{received_on.year}-{highest_number(received_on.year) + 1:04d}",
        office=office,
        state=rule.to,
        channel=wish.channel,
        received_on=received_on,
        entered_by=actor,
    )


def _lock_draft(actor: Person, draft: TrainingRequest, step: Step, version: int | None) -> Rule:
    try:
        return lock_and_find_rule(actor, draft, step, version)
    except RequestMoved as error:
        raise (DraftMoved() if draft.state is RequestState.DRAFT else StepRefused()) from error


def _note_kept(actor: Person, draft: TrainingRequest, rule: Rule) -> None:
    """A draft keeps itself again and again while somebody writes: that is one step, at its last time."""
    last = draft.events[-1]
    if last.step is Step.SAVE_DRAFT and last.person_id == actor.id:
        last.at = now()
    else:
        advance(actor, draft, rule, "")


def _years_later(day: date, years: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if is_leap_day else day.day)


__all__ = ["DraftMoved", "Wish", "copy_of", "discard_draft", "keep_draft", "new_request", "send_draft"]
