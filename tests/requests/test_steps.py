"""Every step from every state by everybody: what is allowed, and that nothing else is."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import found, offer
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden
from trainapp.requests.models import Channel
from trainapp.requests.models import RequestState as S
from trainapp.requests.models import Step as T
from trainapp.requests.queries import request_by_public_id, standing_slots
from trainapp.requests.service import mark_delivered, mark_scheduled, take_step
from trainapp.requests.steps import RULES, WAITS_FOR, Side, find_rule, rules_from

pytestmark = pytest.mark.causes_mails

# Written out by hand, apart from the table the product uses: (step, from) → to.
SECRETARIAT_MAY = {
    (T.REVIEW, S.SUBMITTED): S.IN_REVIEW,
    (T.REVIEW, S.COUNTERED): S.IN_REVIEW,
    (T.ASK, S.IN_REVIEW): S.NEEDS_INFORMATION,
    (T.PROPOSE, S.IN_REVIEW): S.PROPOSED,
    (T.PROPOSE, S.PROPOSED): S.PROPOSED,
    (T.PROPOSE, S.COUNTERED): S.PROPOSED,
    (T.PROPOSE, S.AGREED): S.PROPOSED,
    (T.AGREE, S.IN_REVIEW): S.AGREED,
    (T.AGREE, S.COUNTERED): S.AGREED,
    (T.DECLINE, S.SUBMITTED): S.DECLINED,
    (T.DECLINE, S.IN_REVIEW): S.DECLINED,
    (T.DECLINE, S.NEEDS_INFORMATION): S.DECLINED,
    (T.DECLINE, S.COUNTERED): S.DECLINED,
    (T.REOPEN, S.DECLINED): S.IN_REVIEW,
}
OFFICE_MAY = {
    (T.SAVE_DRAFT, S.DRAFT): S.DRAFT,
    (T.SUBMIT, S.DRAFT): S.SUBMITTED,
    (T.ANSWER, S.NEEDS_INFORMATION): S.IN_REVIEW,
    (T.COUNTER, S.PROPOSED): S.COUNTERED,
    (T.AGREE, S.PROPOSED): S.AGREED,
    (T.WITHDRAW, S.SUBMITTED): S.WITHDRAWN,
    (T.WITHDRAW, S.IN_REVIEW): S.WITHDRAWN,
    (T.WITHDRAW, S.NEEDS_INFORMATION): S.WITHDRAWN,
    (T.WITHDRAW, S.PROPOSED): S.WITHDRAWN,
    (T.WITHDRAW, S.COUNTERED): S.WITHDRAWN,
    (T.WITHDRAW, S.AGREED): S.WITHDRAWN,
    (T.REOPEN, S.WITHDRAWN): S.SUBMITTED,
}
ASSIGNMENTS = {(T.ASSIGN, state): state for state in S if state is not S.DRAFT}
COMMENTS = {(T.COMMENT, state): state for state in S if state is not S.DRAFT}
SYSTEM_MAY = {
    (T.SCHEDULE, S.AGREED): S.SCHEDULED,
    (T.CALL_OFF, S.SCHEDULED): S.AGREED,
    (T.DELIVER, S.SCHEDULED): S.DELIVERED,
}
EXPECTED = {
    Side.OFFICE: OFFICE_MAY | COMMENTS,
    Side.SECRETARIAT: SECRETARIAT_MAY | COMMENTS | ASSIGNMENTS,
    Side.SYSTEM: SYSTEM_MAY,
}
NEEDING_WORDS = {T.ASK, T.ANSWER, T.DECLINE, T.COMMENT}
NEEDING_SLOTS = {T.PROPOSE}
APART = {T.SAVE_DRAFT, T.SUBMIT, T.ASSIGN}
"""Steps with a form of their own."""


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("step", T)
def test_the_table_allows_what_is_written_here_and_nothing_else(side: Side, state: S, step: T) -> None:
    rule = find_rule(step, state, {side})
    expected = EXPECTED[side].get((step, state))
    assert (rule is not None) == (expected is not None)
    if rule is not None:
        assert (rule.to or state) is expected
        assert rule.needs_comment == (step in NEEDING_WORDS)
        assert rule.needs_slots == (step in NEEDING_SLOTS)


def test_a_new_request_is_kept_by_the_office_and_sent_by_either() -> None:
    assert find_rule(T.SAVE_DRAFT, None, {Side.OFFICE})
    assert not find_rule(T.SAVE_DRAFT, None, {Side.SECRETARIAT})
    assert find_rule(T.SUBMIT, None, {Side.OFFICE})
    assert find_rule(T.SUBMIT, None, {Side.SECRETARIAT})


def test_whoever_is_waited_for_can_go_on() -> None:
    for state, side in WAITS_FOR.items():
        moving = [rule for rule in rules_from(state, {side}) if rule.to not in (None, state)]
        assert moving or state is S.AGREED, state  # an agreed request goes on by planning its session


@given(st.lists(st.tuples(st.sampled_from(T), st.sampled_from(Side)), max_size=30))
def test_a_closed_request_moves_only_when_it_is_opened_again(way: list[tuple[T, Side]]) -> None:
    """Whatever is tried, what is delivered stays so, and that comes only after agreed and scheduled."""
    state, passed = S.SUBMITTED, [S.SUBMITTED]
    for step, side in way:
        rule = find_rule(step, state, {side})
        if rule is None:
            continue
        if state is S.DELIVERED:
            assert rule.to is None
        if state in (S.DECLINED, S.WITHDRAWN):
            assert rule.to is None or step is T.REOPEN
        state = rule.to or state
        passed.append(state)
    if state is S.DELIVERED:
        assert passed.index(S.AGREED) < passed.index(S.SCHEDULED) < passed.index(S.DELIVERED)


def test_every_step_by_everybody_through_the_service(app: Flask, desk: Desk) -> None:
    """The rules hold where people act: who may not is refused, who may moves the request, with one event each."""
    people = {desk.office: Side.OFFICE, desk.coordinator: Side.SECRETARIAT, desk.trainer: None, desk.other_office: None}
    public_id = desk.request()
    with writing(app):
        request = found(public_id)
        for actor_id, side in people.items():
            actor = person(actor_id)
            for state in S:
                for step in T:
                    request.state = state
                    db.session.flush()
                    events = len(request.events)
                    allowed = side is not None and step not in APART and (step, state) in EXPECTED[side]
                    standing = standing_slots(request)
                    chosen = standing[0].public_id if standing and step is T.AGREE else None
                    slots = (offer(),) if step in (T.PROPOSE, T.COUNTER) else ()
                    try:
                        take_step(actor, request, step, "Words", request.version, slots=slots, chosen=chosen)
                        moved = True
                    except (Forbidden, Conflict):
                        moved = False
                    assert moved == allowed, (actor.name, step, state)
                    assert request.state is (EXPECTED[side][step, state] if side and allowed else state)
                    assert len(request.events) == events + moved


def test_words_are_asked_for_where_they_are_needed(app: Flask, desk: Desk) -> None:
    public_id = desk.request()
    with writing(app):
        request = request_by_public_id(public_id)
        assert request is not None
        for step in sorted(NEEDING_WORDS):
            rule = next(rule for rule in RULES if rule.step is step)
            request.state = next(state for state in S if state in rule.from_states)
            db.session.flush()
            actor = person(desk.office if Side.OFFICE in rule.sides else desk.coordinator)
            with pytest.raises(DomainError) as refused:
                take_step(actor, request, step, "  \n ", request.version)
            assert refused.value.field == "comment", step


def test_sessions_move_a_request_on_once(app: Flask, desk: Desk) -> None:
    public_id = desk.request(S.AGREED)
    with writing(app):
        request = request_by_public_id(public_id)
        assert request is not None
        actor = person(desk.coordinator)
        before = len(request.events)
        mark_scheduled(actor, request, "2027-NICE-EN-01")
        mark_scheduled(actor, request, "2027-NICE-EN-02")
        assert request.state is S.SCHEDULED
        mark_delivered(actor, request)
        mark_delivered(actor, request)
        mark_scheduled(actor, request)
        assert request.state is S.DELIVERED
        assert len(request.events) == before + 2


def test_a_request_that_is_not_agreed_cannot_be_scheduled(app: Flask, desk: Desk) -> None:
    for state in (S.SUBMITTED, S.DECLINED, S.WITHDRAWN):
        public_id = desk.request(state)
        with writing(app):
            request = request_by_public_id(public_id)
            assert request is not None
            with pytest.raises(Conflict):
                mark_scheduled(person(desk.coordinator), request)
            assert request.state is state


def test_the_secretariat_records_what_an_office_answers_by_letter(client: CheckingClient, world: World) -> None:
    coordinator = world.person("Clara Example", role=Role.COORDINATOR)
    by_letter = world.request("KE", coordinator, state=S.PROPOSED, channel=Channel.LETTER)
    by_page = world.request("KE", coordinator, state=S.PROPOSED)
    client.sign_in(coordinator)
    assert client.submit(f"/en/requests/{by_page}/steps", {"step": "agree", "version": "1"}).status_code == 409
    assert client.submit(f"/en/requests/{by_letter}/steps", {"step": "agree", "version": "1"}).status_code == 302
    assert ">Agreed<" in client.get(f"/en/requests/{by_letter}").get_data(as_text=True)
