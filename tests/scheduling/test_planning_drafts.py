"""Drafts that others change meanwhile: requests that move on, two coordinators, a form sent twice, giving up."""

import threading
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.scheduling.conftest import agree_on
from tests.scheduling.test_catalogue import text_of, words_of
from tests.scheduling.test_planning import NEW, held_by_form, save, sessions_kept, value_of
from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import Mode, RequestState, TrainingRequest
from trainapp.scheduling.models import (
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainingSession,
)
from trainapp.scheduling.planning import new_draft
from trainapp.scheduling.plans import MeetingPlan, Plan
from trainapp.scheduling.queries import may_manage
from trainapp.scheduling.service import session_by_code

PlanData = Callable[..., dict[str, Any]]
DAY = date(2027, 7, 6)


def move(app: Flask, public_id: str, state: RequestState) -> None:
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()
        request.state = state


def requests_of(app: Flask, code: str) -> list[str]:
    with app.app_context():
        return [request.public_id for request in session_by_code(code).requests]


@pytest.mark.causes_mails
@pytest.mark.parametrize("moved", [RequestState.WITHDRAWN, RequestState.PROPOSED])
def test_a_request_that_moved_on_is_named_and_leaves_the_draft_when_it_is_saved(
    client: CheckingClient,
    app: Flask,
    world: World,
    coordinator: str,
    agreed: str,
    plan_data: PlanData,
    moved: RequestState,
) -> None:
    other = world.request("EG", coordinator, state=RequestState.AGREED)
    client.sign_in(coordinator)
    code = save(client, plan_data(request=[agreed, other]))
    move(app, other, moved)
    text_of(client, f"/en/sessions/{code}")
    sentence = "is not agreed any more. Save the plan again to take it out."
    assert sentence in words_of(client)
    assert client.submit(f"/en/planning/{code}/publish", {"despite_clashes": "yes"}).status_code == 422
    assert sentence in words_of(client), "not a bare conflict"
    text_of(client, f"/en/planning/{code}")
    assert sentence in words_of(client)
    assert held_by_form(client, f"/en/planning/{code}")["kept"] == [agreed]
    save(client, plan_data(), f"/en/planning/{code}")
    assert requests_of(app, code) == [agreed]
    with app.app_context():
        asking = [part.office.code for part in session_by_code(code).offices if part.role is OfficeRole.REQUESTER]
        assert asking == ["KE"]
    assert client.submit(f"/en/planning/{code}/publish").status_code == 302


@pytest.mark.causes_mails
def test_a_request_can_be_taken_out_of_a_draft_and_no_other_put_in(
    client: CheckingClient, app: Flask, world: World, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    other = world.request("EG", coordinator, state=RequestState.AGREED)
    stranger = world.request("BR", coordinator, state=RequestState.AGREED)
    client.sign_in(coordinator)
    code = save(client, plan_data(request=[agreed, other]))
    path = f"/en/planning/{code}"
    client.submit(path, {**plan_data(), **held_by_form(client, path), "kept": [agreed]})
    assert value_of(client, "kept") == agreed, "the check carries the choice along"
    save(client, plan_data(kept=[agreed, stranger, "\x00"]), path)
    assert requests_of(app, code) == [agreed]
    save(client, plan_data(kept=[]), path)
    assert requests_of(app, code) == []
    assert 'name="kept"' not in text_of(client, path)


@pytest.mark.causes_mails
def test_a_request_withdrawn_while_the_form_was_open_keeps_what_was_typed(
    client: CheckingClient, app: Flask, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    code = save(client, plan_data(request=agreed))
    path = f"/en/planning/{code}"
    held = held_by_form(client, path)
    move(app, agreed, RequestState.WITHDRAWN)
    assert client.submit(path, {**plan_data(title="Typed"), **held, "step": "save"}).status_code == 409
    assert "is not agreed any more" in words_of(client)
    assert value_of(client, "title") == "Typed"
    assert requests_of(app, code) == [agreed]
    save(client, plan_data(title="Typed"), path)
    assert requests_of(app, code) == []


@pytest.mark.causes_mails
def test_times_other_than_those_agreed_on_are_told_and_keep_nothing_back(
    client: CheckingClient, app: Flask, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    agree_on(app, agreed, [DAY], "Africa/Nairobi", (time(10), time(11, 30)))
    client.sign_in(coordinator)
    code = save(client, plan_data(request=agreed))
    sentence = "Its times are not those agreed on for the request R-2026-0001."
    text_of(client, f"/en/sessions/{code}")
    assert sentence not in words_of(client)
    save(client, plan_data(**{"meeting_1-wall_end": "11:45"}), f"/en/planning/{code}")
    text_of(client, f"/en/sessions/{code}")
    assert sentence in words_of(client)
    assert client.submit(f"/en/planning/{code}/publish").status_code == 302


@pytest.mark.causes_mails
def test_an_old_form_does_not_bring_back_a_trainer_who_was_replaced(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, plan_data: PlanData
) -> None:
    second = world.person("Second Trainer", role=Role.TRAINER)
    client.sign_in(coordinator)
    code = save(client, plan_data())
    path = f"/en/planning/{code}"
    held = held_by_form(client, path)
    assert client.submit(f"{path}/trainer", {"leaving": trainer, "coming": second}).status_code == 302
    typed = plan_data(step="save", title="Typed before")
    for mark in (held, {}, {"seen": "\x00"}):
        assert client.submit(path, {**typed, **mark}).status_code == 409
    assert "Somebody else changed this at the same moment." in words_of(client)
    assert value_of(client, "title") == "Typed before"
    with app.app_context():
        session = session_by_code(code)
        assert [person.name for person in session.trainers] == ["Second Trainer"]
        assert session.titles == {"en": "Nice for examiners"}
    fresh = {"seen": value_of(client, "seen"), "trainers": [second]}
    assert client.submit(path, {**typed, **fresh}).status_code == 302, "with what stands now shown, it counts"


@pytest.mark.causes_mails
def test_a_form_sent_twice_plans_one_session(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    text_of(client, NEW)
    key = value_of(client, "key")
    assert key
    client.submit(NEW, plan_data(key=key))
    assert value_of(client, "key") == key, "the check carries it along"
    assert save(client, plan_data(key=key)) == save(client, plan_data(key=key))
    assert sessions_kept(app) == 1
    save(client, plan_data(key=key, **{"meeting_1-on_date": "2027-07-07"}))
    assert sessions_kept(app) == 2, "another plan is not lost because the form is an old one"
    text_of(client, NEW)
    save(client, plan_data(key=value_of(client, "key")))
    assert sessions_kept(app) == 3, "the same plan, meant anew"


def test_a_form_sent_twice_at_the_same_moment_plans_one_session(app: Flask, coordinator: str) -> None:
    ready = threading.Barrier(2)
    plan = Plan(
        kind=SessionKind.WEBINAR,
        language="en",
        mode=Mode.ONLINE,
        zone="UTC",
        policy=RegistrationPolicy.OPEN,
        meetings=(MeetingPlan(1, DAY, time(10), time(11)),),
        subjects=("NICE",),
    )
    codes: list[str] = []

    def send() -> None:
        ready.wait()
        with app.test_request_context("/en/"), unit_of_work():
            codes.append(new_draft(person_of(coordinator), plan, "the form's").code)

    threads = [threading.Thread(target=send) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 2
    assert len(set(codes)) == 1
    assert sessions_kept(app) == 1


def test_who_discards_a_draft_sees_whom_it_concerns_and_they_are_told(
    client: CheckingClient, app: Flask, world: World, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    refuses = world.person("Refuses Example", role=Role.TRAINER)
    client.sign_in(coordinator)
    code = save(client, plan_data(request=agreed))
    save(client, plan_data(trainers=[*plan_data()["trainers"], refuses]), f"/en/planning/{code}")
    decline(app, refuses, "Private")
    path = f"/en/planning/{code}/discard"
    assert path in text_of(client, f"/en/sessions/{code}")
    text_of(client, path)
    words = words_of(client)
    assert "Trainer Example" in words
    assert "Refuses Example" not in words
    assert "R-2026-0001" in words
    assert sessions_kept(app) == 1, "looking deletes nothing"
    assert client.submit(path).status_code == 302
    assert sessions_kept(app) == 0
    ended = [mail.recipient for mail in world.mails() if ":teaching_ended" in mail.key]
    assert ended == ["trainer.example@example.org"]
    assert client.submit(path).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SessionTrainer)) == 0
        assert db.session.scalars(select(TrainingRequest)).one().state is RequestState.AGREED
        acts = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "draft discarded")).all()
        assert len(acts) == 1


def test_only_a_draft_can_be_discarded(client: CheckingClient, app: Flask, world: World, coordinator: str) -> None:
    code = world.session("2027-NICE-EN-01")
    client.sign_in(coordinator)
    assert client.get(f"/en/planning/{code}/discard").status_code == 302
    assert client.submit(f"/en/planning/{code}/discard").status_code == 409
    assert "/discard" not in text_of(client, f"/en/sessions/{code}")
    assert sessions_kept(app) == 1


def decline(app: Flask, trainer: str, reason: str) -> None:
    with app.app_context(), unit_of_work():
        row = db.session.scalars(select(SessionTrainer).where(SessionTrainer.person_id == person_of(trainer).id)).one()
        row.state, row.reason = TeachingState.DECLINED, reason


@pytest.mark.causes_mails
def test_a_trainer_who_declined_runs_the_session_no_more_until_they_teach_it_after_all(
    client: CheckingClient, app: Flask, world: World, trainer: str
) -> None:
    code = world.session("2027-NICE-EN-01", trainer=trainer)
    decline(app, trainer, "Ill")
    client.sign_in(trainer)
    assert client.get(f"/en/sessions/{code}/attendance").status_code == 404
    assert client.get(f"/en/sessions/{code}/materials").status_code == 404
    assert client.submit(f"/en/planning/{code}/delivered").status_code == 404
    text_of(client, f"/en/sessions/{code}")
    assert "For those who run this session" not in words_of(client)
    assert client.submit(f"/en/planning/{code}/teaching", {"step": "confirm"}).status_code == 302
    assert client.get(f"/en/sessions/{code}/attendance").status_code == 200
    with app.app_context():
        assert may_manage(person_of(trainer), session_by_code(code))


def test_the_reason_somebody_declined_is_not_for_other_trainers(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    second = world.person("Second Trainer", role=Role.TRAINER)
    code = world.session("2027-NICE-EN-01", trainer=trainer, state=SessionState.DRAFT)
    with app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession)).one()
        session.trainers.append(person_of(second))
    decline(app, trainer, "A private matter")
    client.sign_in(second)
    text_of(client, f"/en/sessions/{code}")
    assert "Trainer Example" in words_of(client)
    assert "A private matter" not in words_of(client)
    client.sign_in(coordinator)
    text_of(client, f"/en/sessions/{code}")
    assert "A private matter" in words_of(client)
