"""What keeps a draft from being published, what only makes people think twice, and when a request is delivered."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.scheduling.test_catalogue import change, text_of, words_of
from tests.scheduling.test_planning import save
from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import Mode, RequestEvent, RequestState, Step, TrainingRequest
from trainapp.scheduling.models import (
    RegistrationPolicy,
    SessionKind,
    SessionState,
    SessionTrainer,
    TeachingState,
)
from trainapp.scheduling.service import mark_delivered, session_by_code

PlanData = Callable[..., dict[str, Any]]
CODE = "2027-NICE-EN-01"
PUBLISH = f"/en/planning/{CODE}/publish"


@pytest.fixture
def draft(world: World, app: Flask, trainer: str) -> str:
    """A training that lacks nothing; its trainer has confirmed."""
    world.session(
        CODE,
        state=SessionState.DRAFT,
        kind=SessionKind.TRAINING,
        subjects=["NICE"],
        trainer=trainer,
        offices={"KE": "beneficiary"},
        first_day=date(2027, 7, 6),
    )
    answer(app, TeachingState.CONFIRMED)
    return CODE


def answer(app: Flask, state: TeachingState) -> None:
    with app.app_context(), unit_of_work():
        for row in db.session.scalars(select(SessionTrainer)):
            row.state = state


def state_of(app: Flask, code: str = CODE) -> SessionState:
    with app.app_context():
        return session_by_code(code).state


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"offices": []}, "It is a training without an office"),
        (
            {"mode": Mode.IN_PERSON, "venue": "Room A", "policy": RegistrationPolicy.OPEN, "capacity": None},
            "say how many seats there are",
        ),
        (
            {"opens_at": now() + timedelta(days=2), "closes_at": now() + timedelta(days=1)},
            "Registration must close after it opens.",
        ),
        ({"opens_at": now() + timedelta(days=3000)}, "must open before the last meeting ends"),
        ({"closes_at": now() - timedelta(days=1)}, "Registration would be over already."),
        ({"join_url": ""}, "It has no link to join online."),
        ({"trainers": []}, "It has no trainer."),
    ],
)
def test_what_keeps_it_from_being_published(
    client: CheckingClient, app: Flask, coordinator: str, draft: str, changes: dict[str, Any], sentence: str
) -> None:
    change(app, CODE, **changes)
    client.sign_in(coordinator)
    text_of(client, f"/en/sessions/{CODE}")
    assert sentence in words_of(client), "said before anybody presses the button"
    assert client.submit(PUBLISH).status_code == 422
    assert sentence in words_of(client)
    assert client.submit(PUBLISH, {"despite_clashes": "yes"}).status_code == 422
    assert state_of(app) is SessionState.DRAFT


@pytest.mark.causes_mails
@pytest.mark.parametrize(
    "changes",
    [
        {"mode": Mode.IN_PERSON, "venue": "Room A", "capacity": 20},
        {"mode": Mode.IN_PERSON, "venue": "Room A", "policy": RegistrationPolicy.NOMINATION},
        {"policy": RegistrationPolicy.CLOSED, "closes_at": now() - timedelta(days=1)},
        {"kind": SessionKind.WEBINAR, "offices": []},
        {"opens_at": now() - timedelta(days=1), "closes_at": now() + timedelta(days=1)},
    ],
)
def test_what_does_not(
    client: CheckingClient, app: Flask, coordinator: str, draft: str, changes: dict[str, Any]
) -> None:
    change(app, CODE, **changes)
    client.sign_in(coordinator)
    assert client.submit(PUBLISH).status_code == 302
    assert state_of(app) is SessionState.PUBLISHED


def test_a_trainer_who_declined_keeps_it_back(client: CheckingClient, app: Flask, coordinator: str, draft: str) -> None:
    answer(app, TeachingState.DECLINED)
    client.sign_in(coordinator)
    assert client.submit(PUBLISH).status_code == 422
    assert "This trainer has declined: Trainer Example. Choose another one." in words_of(client)
    assert client.submit(PUBLISH, {"despite_clashes": "yes"}).status_code == 422
    assert state_of(app) is SessionState.DRAFT
    change(app, CODE, state=SessionState.PUBLISHED)
    client.sign_in("nobody")
    text_of(client, f"/en/sessions/{CODE}")
    assert "Trainer Example" not in words_of(client), "the public is not promised somebody who declined"


@pytest.mark.causes_mails
def test_who_has_not_answered_and_a_missing_edition_are_told_and_keep_nothing_back(
    client: CheckingClient, app: Flask, coordinator: str, draft: str
) -> None:
    answer(app, TeachingState.ASKED)
    client.sign_in(coordinator)
    text_of(client, f"/en/sessions/{CODE}")
    words = words_of(client)
    assert "Before it can be published:" not in words
    assert "No edition is named of this subject: Nice Classification" in words
    assert "Trainer Example has not said yet whether they will teach this session." in words
    assert client.submit(PUBLISH).status_code == 302
    assert state_of(app) is SessionState.PUBLISHED


@pytest.mark.causes_mails
def test_a_trainer_who_teaches_elsewhere_is_asked_about_once_more(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, draft: str
) -> None:
    world.session("2027-IPC-EN-01", titles={"en": "The other one"}, trainer=trainer, first_day=date(2027, 7, 6))
    client.sign_in(coordinator)
    assert client.submit(PUBLISH).status_code == 422, "the page was loaded before the other session was planned"
    words = words_of(client)
    assert "Something stands against this session that is not possible." in words
    assert "Trainer Example teaches “The other one” at the same time" in words
    assert "Publish the session all the same" in words
    assert state_of(app) is SessionState.DRAFT
    assert client.submit(PUBLISH, {"despite_clashes": "yes"}).status_code == 302
    assert state_of(app) is SessionState.PUBLISHED


def test_what_stands_against_a_session_is_for_coordinators(
    client: CheckingClient, app: Flask, world: World, trainer: str, draft: str
) -> None:
    world.session("2027-IPC-EN-01", titles={"en": "The other one"}, trainer=trainer, first_day=date(2027, 7, 6))
    client.sign_in(trainer)
    text_of(client, f"/en/sessions/{CODE}")
    assert "at the same time" not in words_of(client)
    client.sign_in("nobody")
    change(app, CODE, state=SessionState.PUBLISHED)
    text_of(client, f"/en/sessions/{CODE}")
    assert "at the same time" not in words_of(client)


@pytest.fixture
def split(app: Flask, world: World, trainer: str, agreed: str) -> tuple[str, str]:
    """Two sessions that were held for one request, both published; gives their codes."""
    codes = ("2026-NICE-EN-01", "2026-NICE-EN-02")
    for code in codes:
        world.session(code, trainer=trainer, subjects=["NICE"], first_day=today() - timedelta(days=3))
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest)).one()
        request.state = RequestState.SCHEDULED
        for code in codes:
            session_by_code(code).requests = [request]
    return codes


def request_state(app: Flask) -> RequestState:
    with app.app_context():
        return db.session.scalars(select(TrainingRequest)).one().state


@pytest.mark.causes_mails
def test_a_request_is_delivered_with_the_last_of_its_sessions(
    client: CheckingClient, app: Flask, trainer: str, split: tuple[str, str]
) -> None:
    client.sign_in(trainer)
    assert client.submit(f"/en/planning/{split[0]}/delivered").status_code == 302
    assert request_state(app) is RequestState.SCHEDULED
    assert client.submit(f"/en/planning/{split[1]}/delivered").status_code == 302
    assert request_state(app) is RequestState.DELIVERED


@pytest.mark.causes_mails
@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (SessionState.CANCELLED, RequestState.DELIVERED),
        (SessionState.DRAFT, RequestState.SCHEDULED),
    ],
)
def test_sessions_that_are_cancelled_do_not_count_and_drafts_do(
    client: CheckingClient,
    app: Flask,
    trainer: str,
    split: tuple[str, str],
    other: SessionState,
    expected: RequestState,
) -> None:
    change(app, split[1], state=other)
    client.sign_in(trainer)
    client.submit(f"/en/planning/{split[0]}/delivered")
    assert request_state(app) is expected


@pytest.mark.causes_mails
def test_two_sessions_delivered_at_the_same_moment(app: Flask, trainer: str, split: tuple[str, str]) -> None:
    """Each sees what the other did: the request is delivered, once."""
    ready = threading.Barrier(2)

    def deliver(code: str) -> None:
        ready.wait()
        with app.test_request_context("/en/"), unit_of_work():
            mark_delivered(person_of(trainer), session_by_code(code))

    threads = [threading.Thread(target=deliver, args=(code,)) for code in split]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert request_state(app) is RequestState.DELIVERED
    with app.app_context():
        steps = db.session.scalars(select(RequestEvent.step).where(RequestEvent.step == Step.DELIVER)).all()
    assert len(steps) == 1


@pytest.mark.causes_mails
def test_a_request_is_scheduled_with_the_first_of_its_sessions(
    client: CheckingClient, app: Flask, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    first, second = (
        save(client, plan_data(request=agreed, **{"meeting_1-on_date": day})) for day in ("2027-07-06", "2027-07-07")
    )
    assert request_state(app) is RequestState.AGREED
    assert client.submit(f"/en/planning/{first}/publish").status_code == 302
    assert request_state(app) is RequestState.SCHEDULED
    assert client.submit(f"/en/planning/{second}/publish").status_code == 302, "split: the second changes no state"
    assert request_state(app) is RequestState.SCHEDULED
