"""Planning a session in two steps, publishing it, and saying that it was held."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.scheduling.test_catalogue import HOSTILE, text_of, words_of
from tests.support.client import CheckingClient
from tests.support.world import World, office_of
from trainapp.accounts.queries import person_by_public_id
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.unit_of_work import unit_of_work
from trainapp.core.walltime import AmbiguousTime, SkippedTime
from trainapp.mail.models import OutboxMail
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.scheduling.models import OfficeRole, SessionOffice, SessionState, TrainingSession
from trainapp.scheduling.plans import MeetingPlan, instants_of
from trainapp.scheduling.service import mark_delivered, session_by_code

PlanData = Callable[..., dict[str, Any]]
NEW = "/en/planning/new"


def save(client: CheckingClient, data: dict[str, Any], path: str = NEW) -> str:
    """Save a plan that has no faults, a draft's with what its form holds besides; gives the code of its session."""
    held = {} if path.startswith(NEW) else held_by_form(client, path)
    response = client.submit(path, {**held, **data, "step": "save"})
    assert response.status_code == 302, words_of(client)
    return response.headers["Location"].rpartition("/")[2]


def held_by_form(client: CheckingClient, path: str) -> dict[str, Any]:
    """What the form of a draft holds besides the plan: the mark of what it shows, and the requests that stay."""
    client.get(path)
    assert client.tree is not None
    boxes = [field for field in client.tree.iter("input") if field.get("name") == "kept"]
    kept = [box.get("value") for box in boxes if box.get("checked") is not None]
    return {"seen": value_of(client, "seen"), "kept": kept}


def sessions_kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(TrainingSession)) or 0


def value_of(client: CheckingClient, name: str) -> str | None:
    """What a field of the page shows as its value."""
    assert client.tree is not None
    for field in client.tree.iter():
        if field.get("name") == name:
            if field.tag == "select":
                return next((o.get("value") for o in field.iter("option") if o.get("selected") is not None), None)
            if field.tag == "textarea":
                return (field.text or "").strip()
            return field.get("value")
    return None


@pytest.mark.causes_mails
def test_a_plan_is_checked_shown_back_and_saved(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    text_of(client, NEW)
    response = client.submit(NEW, plan_data(step="check", trainers=[]))
    words = words_of(client)
    assert response.status_code == 200, words
    assert sessions_kept(app) == 0
    assert "Nothing stands against this meeting." in words
    for zone in ("Nairobi (UTC+3)", "Zurich (UTC+2)", "UTC"):
        assert zone in words
    assert value_of(client, "meeting_1-on_date") == "2027-07-06"
    response = client.submit(NEW, plan_data(step="change"))
    assert response.status_code == 200
    assert value_of(client, "title") == "Nice for examiners"
    assert value_of(client, "meeting_1-wall_start") == "10:00"
    assert value_of(client, "zone") == "Africa/Nairobi"
    assert sessions_kept(app) == 0
    code = save(client, plan_data())
    assert code == "2027-NICE-EN-01"
    with app.app_context():
        session = session_by_code(code)
        assert session.state is SessionState.DRAFT
        assert session.titles == {"en": "Nice for examiners"}
        assert [meeting.starts_at for meeting in session.meetings] == [datetime(2027, 7, 6, 7, tzinfo=UTC)]
        assert [entry.edition.name for entry in session.subjects if entry.edition]
        assert [(entry.office.code, entry.role) for entry in session.offices] == [("KE", OfficeRole.BENEFICIARY)]
        acts = db.session.scalars(select(AuditEvent.action).where(AuditEvent.record == f"session:{session.id}")).all()
        assert acts == ["session planned"]


def test_weekends_and_holidays_are_shown_by_name(client: CheckingClient, coordinator: str, plan_data: PlanData) -> None:
    client.sign_in(coordinator)
    data = plan_data(
        **{
            "meeting_1-on_date": "2026-10-20",
            "meeting_2-on_date": "2026-10-24",
            "meeting_2-wall_start": "10:00",
            "meeting_2-wall_end": "11:00",
        }
    )
    client.submit(NEW, data)
    words = words_of(client)
    assert "Tuesday, October 20, 2026 is a public holiday for this office (Kenya): Mashujaa Day." in words
    assert "Saturday, October 24, 2026 is a weekend day for this office (Kenya)." in words
    assert "This time has passed: Tuesday, October 20, 2026" in words


def test_a_trainers_other_session_is_named(
    client: CheckingClient, world: World, coordinator: str, trainer: str, plan_data: PlanData
) -> None:
    world.session(
        "B-1", titles={"en": "The other one"}, trainer=trainer, first_day=date(2027, 7, 6), zone="Africa/Nairobi"
    )
    world.session("B-2", titles={"en": "Next day"}, trainer=trainer, first_day=date(2027, 7, 7), zone="Africa/Nairobi")
    client.sign_in(coordinator)
    client.submit(NEW, plan_data())
    words = words_of(client)
    assert "Trainer Example teaches “The other one” at the same time:" in words
    assert "Next day" not in words


@pytest.mark.causes_mails
def test_a_draft_does_not_clash_with_itself(client: CheckingClient, coordinator: str, plan_data: PlanData) -> None:
    client.sign_in(coordinator)
    code = save(client, plan_data())
    client.submit(f"/en/planning/{code}", plan_data())
    assert "at the same time" not in words_of(client)


def test_a_time_that_does_not_exist_is_refused(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    skipped = {
        "zone": "Europe/Zurich",
        "meeting_1-on_date": "2027-03-28",
        "meeting_1-wall_start": "02:30",
        "meeting_1-wall_end": "04:00",
    }
    response = client.submit(NEW, plan_data(step="save", **skipped))
    assert response.status_code == 422
    assert "the clocks go forward and skip it" in words_of(client)
    assert value_of(client, "meeting_1-wall_start") == "02:30"
    assert sessions_kept(app) == 0


@pytest.mark.causes_mails
@pytest.mark.parametrize(("choice", "hour"), [("earlier", 0), ("later", 1)])
def test_a_time_shown_twice_is_asked_for(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData, choice: str, hour: int
) -> None:
    client.sign_in(coordinator)
    data = plan_data(
        **{
            "zone": "Europe/Zurich",
            "meeting_1-on_date": "2027-10-31",
            "meeting_1-wall_start": "02:30",
            "meeting_1-wall_end": "04:00",
        }
    )
    assert client.submit(NEW, {**data, "step": "check"}).status_code == 422
    assert "The later one, after the clocks have gone back" in words_of(client)
    code = save(client, {**data, "meeting_1-is_later": choice})
    with app.app_context():
        assert session_by_code(code).meetings[0].starts_at == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)
    text_of(client, f"/en/planning/{code}")
    assert client.tree is not None
    radios = [field for field in client.tree.iter("input") if field.get("name") == "meeting_1-is_later"]
    assert [radio.get("value") for radio in radios if radio.get("checked") is not None] == [choice]


def test_wall_times_and_instants() -> None:
    plain = instants_of(MeetingPlan(1, date(2027, 7, 6), time(10), time(11)), "Asia/Kathmandu")
    assert plain.starts_at == datetime(2027, 7, 6, 4, 15, tzinfo=UTC)
    with pytest.raises(SkippedTime) as skipped:
        instants_of(MeetingPlan(2, date(2027, 3, 28), time(1, 30), time(2, 30)), "Europe/Zurich")
    assert skipped.value.field == "meeting_2-wall_end"
    with pytest.raises(AmbiguousTime):
        instants_of(MeetingPlan(1, date(2027, 10, 31), time(2, 30), time(2, 45)), "Europe/Zurich")
    with pytest.raises(DomainError):
        instants_of(MeetingPlan(1, date(2027, 7, 6), time(10), time(10)), "UTC")
    with pytest.raises(DomainError):
        instants_of(MeetingPlan(1, date(9999, 12, 31), time(22), time(23)), "America/Los_Angeles")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"meeting_1-on_date": ""}, "Please fill this in."),
        ({"meeting_1-on_date": "2027-02-30"}, "Not a valid date value."),
        ({"meeting_1-wall_end": "09:00"}, "The end must come after the start"),
        ({"meeting_1-on_date": "", "meeting_1-wall_start": "", "meeting_1-wall_end": ""}, "at least one meeting"),
        ({"meeting_1-on_date": "0001-01-01"}, "Please check the year."),
        ({"join_url": "http://meet.example.org/room"}, "begins with https://"),
        ({"join_url": "https://meet.example.org/a room"}, "begins with https://"),
        ({"subjects": []}, "Choose a course, or at least one subject."),
        ({"capacity": "0"}, "Please give a number from 1"),
        ({"interpretation": ["en"]}, "held in this language already"),
        ({"spoken": "xx"}, "Not a valid choice."),
        ({"title": "a\nb"}, "on one line"),
        (
            {
                "meeting_2-on_date": "2027-07-06",
                "meeting_2-wall_start": "11:00",
                "meeting_2-wall_end": "12:00",
            },
            "This meeting overlaps with meeting 1.",
        ),
    ],
)
def test_a_plan_with_a_fault_comes_back_as_typed(
    client: CheckingClient,
    app: Flask,
    coordinator: str,
    plan_data: PlanData,
    changes: dict[str, Any],
    sentence: str,
) -> None:
    client.sign_in(coordinator)
    data = plan_data(step="save", **changes)
    response = client.submit(NEW, data)
    assert response.status_code == 422
    assert sentence in words_of(client)
    for name in ("meeting_1-on_date", "meeting_1-wall_end", "join_url", "capacity"):
        assert value_of(client, name) == data[name], name
    assert sessions_kept(app) == 0


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_plans_never_fail(client: CheckingClient, coordinator: str, plan_data: PlanData, value: str) -> None:
    client.sign_in(coordinator)
    token = client.token()
    for name in ("title", "zone", "request", "course", "meeting_1-on_date", "meeting_1-wall_start", "capacity"):
        data = plan_data(csrf_token=token, step="check", **{name: value.replace("%00", "\x00")})
        assert client.post(NEW, data=data).status_code in (200, 404, 422), name
    unreadable = value == "%00"
    assert client.get(f"{NEW}?request={value}").status_code == (400 if unreadable else 404)
    assert client.get(f"/en/planning/{value}").status_code in (308, 404)
    assert client.get(f"/en/planning?state={value}&page={value}").status_code == (400 if unreadable else 200)


@pytest.mark.causes_mails
def test_codes_are_counted_up(client: CheckingClient, coordinator: str, plan_data: PlanData) -> None:
    client.sign_in(coordinator)
    assert [save(client, plan_data()) for _ in range(3)] == [f"2027-NICE-EN-0{number}" for number in (1, 2, 3)]
    assert save(client, plan_data(spoken="ja")) == "2027-NICE-JA-01"
    assert save(client, plan_data(), "/en/planning/2027-NICE-EN-02") == "2027-NICE-EN-02"
    assert save(client, plan_data(spoken="ja"), "/en/planning/2027-NICE-EN-02") == "2027-NICE-JA-02"


@pytest.mark.causes_mails
def test_a_changed_draft_keeps_the_identity_of_its_meetings(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    second = {"meeting_2-on_date": "2027-07-07", "meeting_2-wall_start": "10:00", "meeting_2-wall_end": "11:00"}
    code = save(client, plan_data(**second))
    with app.app_context():
        uids = [meeting.uid for meeting in session_by_code(code).meetings]
    text_of(client, f"/en/planning/{code}")
    assert value_of(client, "meeting_2-on_date") == "2027-07-07"
    save(client, plan_data(**{"meeting_1-on_date": "2027-07-08"}), f"/en/planning/{code}")
    with app.app_context():
        session = session_by_code(code)
        assert [meeting.uid for meeting in session.meetings] == uids[:1]
        assert (session.first_day, session.last_day) == (date(2027, 7, 8), date(2027, 7, 8))


def test_a_request_fills_the_form_and_becomes_scheduled(
    client: CheckingClient, app: Flask, world: World, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    world.person("Focal Point", role=Role.FOCAL_POINT, office="KE", language="ar", zone="Africa/Nairobi")
    world.person("Another Focal Point", role=Role.FOCAL_POINT, office="EG")
    client.sign_in(coordinator)
    text_of(client, f"{NEW}?request={agreed}")
    assert value_of(client, "office_1-office") == "KE"
    assert value_of(client, "zone") == "Africa/Nairobi"
    assert value_of(client, "audience") == "trademark examiners"
    code = save(client, plan_data(request=agreed))
    with app.app_context():
        roles = {(entry.office.code, entry.role) for entry in session_by_code(code).offices}
        assert roles == {("KE", OfficeRole.REQUESTER), ("KE", OfficeRole.BENEFICIARY)}
    assert client.submit(f"/en/planning/{code}/publish").status_code == 302
    with app.app_context():
        assert session_by_code(code).state is SessionState.PUBLISHED
        asked = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == agreed)).one()
        assert asked.state is RequestState.SCHEDULED
    told = [mail for mail in world.mails("focal.point@example.org") if "/sessions/" in content_of(mail)]
    assert len(told) == 1
    assert told[0].language == "ar"
    assert "نيروبي (UTC+3)" in content_of(told[0])
    assert "meet.example.org" not in content_of(told[0])
    assert world.mails("another.focal.point@example.org") == []
    teaching = world.mails("trainer.example@example.org")
    assert [mail.language for mail in teaching] == ["ja"], "asked with the draft; the link comes with the yes"
    assert "https://meet.example.org/room" not in content_of(teaching[0])
    assert "東京 (UTC+9)" in content_of(teaching[0])


def content_of(mail: OutboxMail, kind: str = "plain") -> str:
    """One of the two bodies of a mail."""
    assert mail.content is not None
    body = message_from_bytes(mail.content, policy=SMTP).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_text_and_html_of_a_mail_say_the_same(
    client: CheckingClient, world: World, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    client.submit(f"/en/planning/{save(client, plan_data())}/publish")
    mail = world.mails("trainer.example@example.org")[-1]
    html = content_of(mail, "html")
    readable = " ".join(re.sub("<[^>]+>", " ", html).split())
    for line in content_of(mail).splitlines():
        assert " ".join(line.strip("-= ").split()) in readable, line


def test_a_request_not_yet_agreed_cannot_be_planned(
    client: CheckingClient, app: Flask, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    with app.app_context(), unit_of_work():
        db.session.scalars(select(TrainingRequest)).one().state = RequestState.IN_REVIEW
    client.sign_in(coordinator)
    assert client.get(f"{NEW}?request={agreed}").status_code == 422
    assert client.submit(NEW, plan_data(step="save", request=agreed)).status_code == 422
    assert sessions_kept(app) == 0


def test_what_is_missing_is_said_before_publishing(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData, world: World
) -> None:
    client.sign_in(coordinator)
    lacking = plan_data(
        title="", trainers=[], join_url="", mode="hybrid", **{"meeting_1-on_date": (today() - timedelta(2)).isoformat()}
    )
    code = save(client, lacking)
    response = client.submit(f"/en/planning/{code}/publish")
    assert response.status_code == 422
    words = words_of(client)
    for sentence in (
        "It has no title: choose a course, or write one.",
        "It has no trainer.",
        "It has no link to join online.",
        "It has no venue.",
        "A meeting of it lies in the past.",
    ):
        assert sentence in words
    with app.app_context():
        assert session_by_code(code).state is SessionState.DRAFT
    assert world.mails() == []


def test_a_session_is_published_once(
    client: CheckingClient, world: World, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    code = save(client, plan_data())
    assert client.submit(f"/en/planning/{code}/publish").status_code == 302
    assert client.submit(f"/en/planning/{code}/publish").status_code == 409
    assert len(world.mails()) == 1, "the trainer was asked, and gets the link with the yes"
    assert client.get(f"/en/planning/{code}").status_code == 302
    assert client.submit(f"/en/planning/{code}", plan_data(step="save")).status_code == 302
    assert code in client.get("/en/planning?state=published").get_data(as_text=True)
    assert code not in client.get("/en/planning?state=draft").get_data(as_text=True)


def test_only_coordinators_plan(client: CheckingClient, world: World, trainer: str, plan_data: PlanData) -> None:
    world.session("A-1", state=SessionState.DRAFT, trainer=trainer)
    client.sign_in(trainer)
    for path in ("/en/planning", NEW, "/en/planning/A-1"):
        assert client.get(path).status_code == 403
    assert client.submit(NEW, plan_data(step="save")).status_code == 403
    assert client.submit("/en/planning/A-1/publish").status_code == 403


def test_a_trainer_says_that_a_session_was_held(
    client: CheckingClient, app: Flask, world: World, trainer: str, agreed: str
) -> None:
    world.session("A-1", trainer=trainer, first_day=today() - timedelta(days=3))
    with app.app_context(), unit_of_work():
        session = session_by_code("A-1")
        session.offices = [SessionOffice(office=office_of("KE"), role=OfficeRole.REQUESTER)]
        session.requests = list(db.session.scalars(select(TrainingRequest)))
        session.requests[0].state = RequestState.SCHEDULED
    client.sign_in(world.person("Other Trainer", role=Role.TRAINER))
    assert client.submit("/en/planning/A-1/delivered").status_code == 404
    client.sign_in(trainer)
    assert client.submit("/en/planning/A-1/delivered").status_code == 302
    with app.app_context():
        session = session_by_code("A-1")
        assert session.state is SessionState.DELIVERED
        assert session.delivered_at is not None
        assert session.requests[0].state is RequestState.DELIVERED
    assert client.submit("/en/planning/A-1/delivered").status_code == 409


def test_a_session_still_to_come_is_not_delivered(app: Flask, context: None, world: World, trainer: str) -> None:
    world.session("A-1", trainer=trainer, meetings=2, first_day=today())
    actor = person_by_public_id(trainer)
    assert actor is not None
    with pytest.raises(DomainError, match="all its meetings have ended"):
        mark_delivered(actor, session_by_code("A-1"))
