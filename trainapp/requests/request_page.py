"""What the page of one request shows, to who is signed in and to who came by a link in a mail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from trainapp.accounts.models import Person
from trainapp.core import timefmt
from trainapp.core.clock import now
from trainapp.core.languages import _
from trainapp.core.lookups import sessions_of_request
from trainapp.offices.queries import office_name
from trainapp.offices.standing import Standing, standing_label, standing_of
from trainapp.requests.facts import facts_of
from trainapp.requests.labels import action_label, channel_label, state_label, state_tone, waiting_label, what_next
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.queries import agreed_slot, events_since, reading_side, sides_of, standing_slots
from trainapp.requests.rows import title_of
from trainapp.requests.service import STEPS_APART, allowed_steps
from trainapp.requests.step_forms import StepInput
from trainapp.requests.steps import WAITS_FOR, Rule, Side
from trainapp.requests.thread import FileLine, event_lines, file_lines, slot_lines, thread_of

SPLIT_YEAR = 2021
"""When the United Nations last published which states are developed and which are developing."""


@dataclass(frozen=True)
class Reader:
    """Who reads the page: the side they read for, their zone, and the steps it offers them."""

    side: Side
    zone: str
    rules: Sequence[Rule]


@dataclass(frozen=True)
class Button:
    """A step that is taken with the form of the page."""

    step: str
    label: str
    kind: str
    closes: bool


def reader_of(person: Person, request: TrainingRequest, zone: str) -> Reader:
    """A person who is signed in. Who is on both sides reads for the one that is waited for."""
    waited_for = WAITS_FOR.get(request.state)
    is_awaited = waited_for in sides_of(person, request.office_id)
    side = waited_for if waited_for and is_awaited else reading_side(person)
    return Reader(side, zone, [rule for rule in allowed_steps(person, request) if rule.step not in STEPS_APART])


def context_of(request: TrainingRequest, reader: Reader, typed: StepInput) -> dict[str, Any]:
    """What both pages show of a request that was read with its history, in the language being spoken."""
    standing, agreed = standing_slots(request), agreed_slot(request)
    steps = {rule.step for rule in reader.rules}
    may_choose = bool(standing) and Step.AGREE in steps
    typed.words.version.data = str(request.version)
    happened = events_since(request, typed.last_event) if typed.has_moved else []
    typed.words.last_event.data = str(request.events[-1].id) if request.events else ""
    return {
        "item": request,
        "title": title_of(request),
        "office": office_name(request.office),
        "state": (state_label(request.state), state_tone(request.state)),
        "waiting": waiting_label(request.state, reader.side),
        "what_next": what_next(request.state, reader.side, has_dates=bool(standing)),
        "waits_for_reader": WAITS_FOR.get(request.state) is reader.side,
        "facts": facts_of(request),
        "channel": channel_label(request.channel),
        "originals": originals_of(request),
        "thread": thread_of(request, reader.zone),
        "happened": event_lines(request, happened, reader.zone),
        "zone": reader.zone,
        "standing": slot_lines(request, [agreed] if agreed else standing, reader.zone),
        "is_settled": agreed is not None,
        "may_choose": may_choose,
        "takes_dates": Step.COUNTER in steps or typed.has_dates(),
        "office_zone": timefmt.zone_label(request.office.zone, now()),
        "form": typed,
        "buttons": buttons_of(reader.rules, may_choose=may_choose),
        "steps_with_words": timefmt.listed(action_label(rule.step) for rule in reader.rules if rule.needs_comment),
        "sessions": sessions_of_request(request.id, with_drafts=reader.side is Side.SECRETARIAT),
        "may_propose": _may_propose(request, reader.side, steps),
        "records_for_office": request.channel is not Channel.OFFICE and reader.side is Side.SECRETARIAT,
    }


def _may_propose(request: TrainingRequest, side: Side, steps: Collection[Step]) -> bool:
    """Whether dates can be found now; for a request just sent, the page for that begins its review."""
    is_new = side is Side.SECRETARIAT and request.state is RequestState.SUBMITTED
    return is_new or Step.PROPOSE in steps


def originals_of(request: TrainingRequest) -> list[FileLine]:
    """The letter or e-mail a request was received as."""
    return [file for event in request.events for file in file_lines(event) if file.is_original]


def buttons_of(rules: Sequence[Rule], *, may_choose: bool) -> list[Button]:
    """The steps taken with the form: not those that have a page of their own, nor agreeing where a slot is accepted."""
    apart = {Step.PROPOSE} | ({Step.AGREE} if may_choose else set())
    shown = [rule for rule in rules if rule.step not in apart]
    is_led = len(shown) < len(rules)
    return [_button(rule, is_first=number == 0 and not is_led) for number, rule in enumerate(shown)]


def _button(rule: Rule, *, is_first: bool) -> Button:
    kind = "danger" if rule.closes else "primary" if is_first and rule.step is not Step.COMMENT else "secondary"
    return Button(rule.step.value, action_label(rule.step), kind, rule.closes)


def standing_words(request: TrainingRequest) -> str:
    """How the United Nations counted the office's state on the day the request was received; empty where not at all.

    The list of least developed countries is dated; the split of developed and developing is the last one published.
    """
    standing = standing_of(request.office, request.received_on)
    if standing is None:
        return ""
    if standing is Standing.LEAST_DEVELOPED:
        return standing_label(standing)
    return _("%(standing)s (United Nations, %(year)s)", standing=standing_label(standing), year=SPLIT_YEAR)
