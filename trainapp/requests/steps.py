"""The way of a request as one table: which step leads from where to where, and whose step it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from trainapp.requests.models import RequestState as State
from trainapp.requests.models import Step


class Side(StrEnum):
    """Who takes a step. A step of `system` follows from what happens to the session of a request."""

    OFFICE = "office"
    SECRETARIAT = "secretariat"
    SYSTEM = "system"


EITHER = frozenset({Side.OFFICE, Side.SECRETARIAT})
OFFICE = frozenset({Side.OFFICE})
SECRETARIAT = frozenset({Side.SECRETARIAT})
SYSTEM = frozenset({Side.SYSTEM})


@dataclass(frozen=True)
class Rule:
    """One way to take a step. None among `from_states`: a request not yet kept; `to` None: nothing moves.

    `closes` marks a step that ends the request until somebody opens it again; `needs_slots` one that offers dates
    and times.
    """

    step: Step
    from_states: frozenset[State | None]
    to: State | None
    sides: frozenset[Side]
    needs_comment: bool = False
    needs_slots: bool = False
    closes: bool = False


def _from(*states: State | None) -> frozenset[State | None]:
    return frozenset(states)


BEFORE_SCHEDULED = _from(
    State.SUBMITTED,
    State.IN_REVIEW,
    State.NEEDS_INFORMATION,
    State.PROPOSED,
    State.COUNTERED,
    State.AGREED,
)

ONCE_SENT = _from(*(state for state in State if state is not State.DRAFT))
DECLINABLE = _from(State.SUBMITTED, State.IN_REVIEW, State.NEEDS_INFORMATION, State.COUNTERED)
PROPOSABLE = _from(State.PROPOSED, State.IN_REVIEW, State.COUNTERED, State.AGREED)

RULES: tuple[Rule, ...] = (
    Rule(Step.SAVE_DRAFT, _from(None, State.DRAFT), State.DRAFT, OFFICE),
    Rule(Step.SUBMIT, _from(None, State.DRAFT), State.SUBMITTED, OFFICE),
    Rule(Step.SUBMIT, _from(None), State.SUBMITTED, SECRETARIAT),
    Rule(Step.AGREE, _from(State.IN_REVIEW, State.COUNTERED), State.AGREED, SECRETARIAT),
    Rule(Step.AGREE, _from(State.PROPOSED), State.AGREED, OFFICE),
    Rule(Step.PROPOSE, PROPOSABLE, State.PROPOSED, SECRETARIAT, needs_slots=True),
    Rule(Step.COUNTER, _from(State.PROPOSED), State.COUNTERED, OFFICE),
    Rule(Step.ASK, _from(State.IN_REVIEW), State.NEEDS_INFORMATION, SECRETARIAT, needs_comment=True),
    Rule(Step.ANSWER, _from(State.NEEDS_INFORMATION), State.IN_REVIEW, OFFICE, needs_comment=True),
    Rule(Step.REVIEW, _from(State.SUBMITTED, State.COUNTERED), State.IN_REVIEW, SECRETARIAT),
    Rule(Step.SCHEDULE, _from(State.AGREED), State.SCHEDULED, SYSTEM),
    Rule(Step.CALL_OFF, _from(State.SCHEDULED), State.AGREED, SYSTEM),
    Rule(Step.DELIVER, _from(State.SCHEDULED), State.DELIVERED, SYSTEM),
    Rule(Step.REOPEN, _from(State.WITHDRAWN), State.SUBMITTED, OFFICE),
    Rule(Step.REOPEN, _from(State.DECLINED), State.IN_REVIEW, SECRETARIAT),
    Rule(Step.COMMENT, ONCE_SENT, None, EITHER, needs_comment=True),
    Rule(Step.ASSIGN, ONCE_SENT, None, SECRETARIAT),
    Rule(Step.DECLINE, DECLINABLE, State.DECLINED, SECRETARIAT, needs_comment=True, closes=True),
    Rule(Step.WITHDRAW, BEFORE_SCHEDULED, State.WITHDRAWN, OFFICE, closes=True),
)

WAITS_FOR: dict[State, Side] = {
    State.DRAFT: Side.OFFICE,
    State.SUBMITTED: Side.SECRETARIAT,
    State.IN_REVIEW: Side.SECRETARIAT,
    State.NEEDS_INFORMATION: Side.OFFICE,
    State.PROPOSED: Side.OFFICE,
    State.COUNTERED: Side.SECRETARIAT,
    State.AGREED: Side.SECRETARIAT,
}
"""Whose turn it is; nobody's where a state is not named."""

OFFERED = frozenset({State.PROPOSED, State.COUNTERED})
"""The states in which offered dates stand and wait for the other side."""

SETTLED = frozenset({State.AGREED, State.SCHEDULED, State.DELIVERED})
"""The states in which both sides have agreed on dates."""


def find_rule(step: Step, state: State | None, sides: Iterable[Side]) -> Rule | None:
    """The rule by which somebody of these sides may take a step from a state, if there is one."""
    acting = frozenset(sides)
    return next(
        (rule for rule in RULES if rule.step is step and state in rule.from_states and rule.sides & acting),
        None,
    )


def rules_from(state: State, sides: Iterable[Side]) -> list[Rule]:
    """What somebody of these sides may do with a request in a state, in the order of the table."""
    acting = frozenset(sides)
    return [rule for rule in RULES if state in rule.from_states and rule.sides & acting]


def is_step_of(step: Step, sides: Iterable[Side]) -> bool:
    """Whether these sides ever take this step."""
    acting = frozenset(sides)
    return any(rule.step is step and rule.sides & acting for rule in RULES)
