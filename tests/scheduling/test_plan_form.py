"""What the form of a plan takes: as many meetings and offices as it needs, a window, editions, and where it starts."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.scheduling.conftest import agree_on
from tests.scheduling.test_catalogue import text_of, words_of
from tests.scheduling.test_planning import NEW, save, sessions_kept, value_of
from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World, person_of
from trainapp.catalogue.models import Subject
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import RequestEvent, RequestState, Slot, Step, TrainingRequest
from trainapp.scheduling.models import OfficeRole, TeachingState, TrainerProfile
from trainapp.scheduling.service import session_by_code

PlanData = Callable[..., dict[str, Any]]
DAY = date(2027, 7, 6)


def rows_shown(client: CheckingClient, beginning: str) -> int:
    """How many rows of one kind the form has."""
    assert client.tree is not None
    names = {field.get("name") or "" for field in client.tree.iter()}
    return len({name.partition("-")[0] for name in names if name.startswith(beginning)})


def test_more_rows_keep_everything_typed(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    text_of(client, NEW)
    assert (rows_shown(client, "meeting_"), rows_shown(client, "office_")) == (3, 2)
    typed = plan_data(
        **{
            "step": "more_meetings",
            "title": "Half a ti",
            "meeting_1-on_date": "2027-13-45",
            "meeting_3-wall_start": "1",
            "capacity": "many",
            "opens-on_date": "2027-05-01",
            "office_2-designation": "An office",
            "edition_NICE": "12-2025",
        }
    )
    assert client.submit(NEW, typed).status_code == 200
    assert (rows_shown(client, "meeting_"), rows_shown(client, "office_")) == (6, 2)
    for name, value in typed.items():
        if name not in ("step", "subjects", "trainers"):
            assert value_of(client, name) == value, name
    assert client.submit(NEW, {**typed, "step": "more_offices"}).status_code == 200
    assert (rows_shown(client, "meeting_"), rows_shown(client, "office_")) == (3, 4)
    assert "error-summary" not in client.get(NEW).get_data(as_text=True)
    assert sessions_kept(app) == 0


@pytest.mark.causes_mails
def test_thirty_meetings_and_no_more(client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData) -> None:
    client.sign_in(coordinator)
    rows: dict[str, str] = {}
    for number in range(1, 33):
        rows[f"meeting_{number}-on_date"] = date(2027, 7 + number // 20, number % 20 + 1).isoformat()
        rows[f"meeting_{number}-wall_start"], rows[f"meeting_{number}-wall_end"] = "10:00", "11:00"
    client.submit(NEW, plan_data(step="more_meetings", **rows))
    assert rows_shown(client, "meeting_") == 30
    code = save(client, plan_data(**rows))
    with app.app_context():
        assert len(session_by_code(code).meetings) == 30
    text_of(client, f"/en/planning/{code}")
    assert rows_shown(client, "meeting_") == 30
    assert value_of(client, "meeting_30-on_date") == rows["meeting_30-on_date"]


@pytest.mark.parametrize(
    "name", ["meeting_0-on_date", "meeting_-1-on_date", "meeting_" + "9" * 5000, "office_²-office"]
)
def test_rows_that_are_none_are_left_alone(
    client: CheckingClient, coordinator: str, plan_data: PlanData, name: str
) -> None:
    client.sign_in(coordinator)
    assert client.submit(NEW, plan_data(step="more_meetings", **{name: "2027-07-06"})).status_code == 200
    assert rows_shown(client, "meeting_1-") == 1


@pytest.mark.causes_mails
def test_offices_stand_in_with_their_parts(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    data = plan_data(
        **{
            "office_1-designation": "The trademark office of Kenya",
            "office_2-office": "EG",
            "office_2-role": "host",
            "office_3-office": "KE",
            "office_3-role": "requester",
        }
    )
    client.submit(NEW, data)
    words = words_of(client)
    assert "Beneficiary office The trademark office of Kenya" in words
    assert "Host office Egypt" in words
    assert "Cairo (UTC+3)" in words, "the host's own time is shown too"
    code = save(client, data)
    with app.app_context():
        parts = [(part.office.code, part.role, part.designation) for part in session_by_code(code).offices]
    assert parts == [
        ("KE", OfficeRole.BENEFICIARY, "The trademark office of Kenya"),
        ("EG", OfficeRole.HOST, ""),
        ("KE", OfficeRole.REQUESTER, ""),
    ]
    text_of(client, f"/en/planning/{code}")
    assert [value_of(client, f"office_{number}-role") for number in (1, 2, 3)] == ["beneficiary", "host", "requester"]
    save(client, plan_data(**{"office_1-office": "EG", "office_1-role": "host"}), f"/en/planning/{code}")
    with app.app_context():
        assert [(part.office.code, part.role) for part in session_by_code(code).offices] == [("EG", OfficeRole.HOST)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"office_2-office": "KE", "office_2-role": "beneficiary"}, "stands here already with the same part"),
        ({"office_2-designation": "An office"}, "Please fill this in."),
        ({"office_1-office": "QQ"}, "Not a valid choice."),
        ({"office_1-role": ""}, "Not a valid choice."),
        ({"closes-on_date": "2027-07-01"}, "Please fill this in."),
        (
            {
                "opens-on_date": "2027-07-01",
                "opens-wall_time": "10:00",
                "closes-on_date": "2027-07-01",
                "closes-wall_time": "10:00",
            },
            "Registration must close after it opens.",
        ),
        ({"opens-on_date": "2027-07-06", "opens-wall_time": "11:30"}, "must open before the last meeting ends"),
        ({"closes-on_date": "2027-07-06", "closes-wall_time": "11:31"}, "must close before the last meeting ends"),
        ({"closes-on_date": "0001-01-01", "closes-wall_time": "11:00"}, "Please check the year."),
        (
            {"zone": "Europe/Zurich", "opens-on_date": "2027-03-28", "opens-wall_time": "02:30"},
            "the clocks go forward and skip it",
        ),
        ({"edition_NICE": "99-2099"}, "There is no such edition of this subject."),
    ],
)
def test_faults_of_offices_window_and_editions(
    client: CheckingClient,
    app: Flask,
    coordinator: str,
    plan_data: PlanData,
    changes: dict[str, Any],
    sentence: str,
) -> None:
    client.sign_in(coordinator)
    data = plan_data(step="save", **changes)
    assert client.submit(NEW, data).status_code == 422
    assert sentence in words_of(client)
    for name, value in changes.items():
        shown = value_of(client, name)
        assert shown == value or "Not a valid choice" in sentence, name
    assert sessions_kept(app) == 0


@pytest.mark.causes_mails
def test_a_window_is_wall_time_of_the_session(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    """The clocks of Zurich go back on 2026-10-25; 02:30 of that day is asked, and kept as it was meant."""
    client.sign_in(coordinator)
    data = plan_data(
        **{
            "zone": "Europe/Zurich",
            "opens-on_date": "2026-10-25",
            "opens-wall_time": "02:30",
            "closes-on_date": "2027-07-05",
            "closes-wall_time": "18:00",
        }
    )
    assert client.submit(NEW, data).status_code == 422
    assert "The later one, after the clocks have gone back" in words_of(client)
    data["opens-is_later"] = "later"
    client.submit(NEW, data)
    assert "Registration closes Monday, July 5, 2027, 6:00" in words_of(client)
    code = save(client, data)
    with app.app_context():
        session = session_by_code(code)
        assert session.opens_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert session.closes_at == datetime(2027, 7, 5, 16, tzinfo=UTC)
    text_of(client, f"/en/planning/{code}")
    assert value_of(client, "opens-wall_time") == "02:30"
    assert value_of(client, "closes-on_date") == "2027-07-05"
    save(client, data, f"/en/planning/{code}")
    with app.app_context():
        assert session_by_code(code).opens_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.causes_mails
def test_how_seats_are_given_is_planned_shown_and_held_again(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    text_of(client, NEW)
    assert value_of(client, "reminder_hours") == "24"
    rules = {"policy": "approval", "seats_per_office": "3", "confirm_hours": "12", "reminder_hours": ""}
    code = save(client, plan_data(**rules))
    with app.app_context():
        session = session_by_code(code)
        found = (session.policy.value, session.seats_per_office, session.confirm_hours, session.reminder_hours)
        assert found == ("approval", 3, 12, None)
        planned = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "session planned")).one()
        assert (planned.after["seats_per_office"], planned.after["reminder_hours"]) == (3, None)
    for path in (f"/en/planning/{code}", f"{NEW}?again={code}&spoken=fr&first_day=2028-07-04"):
        text_of(client, path)
        for name, value in rules.items():
            assert (value_of(client, name) or "") == value, (path, name)
    assert "At most 3 people" in text_of(client, f"/en/sessions/{code}")
    client.submit(NEW, plan_data(capacity="2", seats_per_office="3", step="check"))
    assert "cannot have more seats than there are" in words_of(client)
    assert client.submit(NEW, plan_data(confirm_hours="0", reminder_hours="-1", step="check")).status_code == 422


@pytest.mark.causes_mails
def test_an_edition_is_proposed_by_the_first_day_and_may_be_chosen(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    data = plan_data(subjects=["ST26", "NICE", "WIPO-SEQUENCE"])
    client.submit(NEW, data)
    assert value_of(client, "edition_ST26") in ("", None), "by the date"
    assert "2.0, in force on the first day" in words_of(client)
    assert value_of(client, "edition_WIPO-SEQUENCE") is None, "a tool without editions"
    client.submit(NEW, {**data, "meeting_1-on_date": "2027-06-30"})
    assert "1.7, in force on the first day" in words_of(client), "ST.26 2.0 is in force from 1 July 2027"
    chosen = {**data, "edition_ST26": "1.7", "edition_NICE": "-"}
    client.submit(NEW, {**chosen, "step": "change"})
    assert value_of(client, "edition_ST26") == "1.7", "carried along"
    client.submit(NEW, chosen)
    assert (value_of(client, "edition_ST26"), value_of(client, "edition_NICE")) == ("1.7", "-")
    code = save(client, chosen)
    assert editions_kept(app, code) == {"ST26": "1.7", "NICE": None, "WIPO-SEQUENCE": None}
    text_of(client, f"/en/planning/{code}")
    assert value_of(client, "edition_ST26") == "1.7"
    assert value_of(client, "edition_WIPO-SEQUENCE") is None
    save(client, data, f"/en/planning/{code}")
    assert editions_kept(app, code) == {"ST26": "2.0", "NICE": "13-2026", "WIPO-SEQUENCE": None}


def editions_kept(app: Flask, code: str) -> dict[str, str | None]:
    with app.app_context():
        entries = session_by_code(code).subjects
        return {entry.subject.code: entry.edition.name if entry.edition else None for entry in entries}


def test_a_course_fills_the_form(client: CheckingClient, coordinator: str) -> None:
    client.sign_in(coordinator)
    text_of(client, f"{NEW}?course=NICE-EXAMINERS")
    assert value_of(client, "course") == "NICE-EXAMINERS"
    assert value_of(client, "policy") == "open"
    assert "Meetings in this course:" in words_of(client)
    assert client.get(f"{NEW}?course=NO-SUCH").status_code == 404
    assert client.get(f"{NEW}?course=").status_code == 200


@pytest.mark.causes_mails
def test_an_agreed_slot_fills_in_times_and_trainers(
    client: CheckingClient, app: Flask, coordinator: str, trainer: str, agreed: str, plan_data: PlanData
) -> None:
    agree_on(app, agreed, [DAY, date(2027, 7, 8)], "Africa/Nairobi", (time(9), time(10, 30)), [trainer])
    client.sign_in(coordinator)
    text_of(client, f"{NEW}?request={agreed}")
    assert value_of(client, "zone") == "Africa/Nairobi"
    assert value_of(client, "meeting_1-on_date") == "2027-07-06"
    assert value_of(client, "meeting_2-on_date") == "2027-07-08"
    assert value_of(client, "meeting_2-wall_end") == "10:30"
    assert chosen_of(client, "trainers") == [trainer]
    assert "Agreed times" in words_of(client)
    code = save(client, plan_data(request=agreed))
    with app.app_context():
        assert [asked.public_id for asked in session_by_code(code).requests] == [agreed]


def test_dates_the_office_offered_keep_the_trainers_offered_before(
    client: CheckingClient, app: Flask, coordinator: str, trainer: str, agreed: str
) -> None:
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == agreed)).one()
        request.events.append(
            RequestEvent(
                person=request.entered_by,
                step=Step.PROPOSE,
                from_state=RequestState.IN_REVIEW,
                to_state=RequestState.PROPOSED,
                slots=[Slot(position=1, zone="Africa/Nairobi", trainers=[person_of(trainer)])],
            )
        )
    agree_on(app, agreed, [DAY], "Africa/Nairobi", (time(9), time(10, 30)))
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == agreed)).one()
        next(event for event in request.events if event.slots and event.slots[0].meetings).step = Step.COUNTER
    client.sign_in(coordinator)
    text_of(client, f"{NEW}?request={agreed}")
    assert value_of(client, "meeting_1-on_date") == DAY.isoformat()
    assert chosen_of(client, "trainers") == [trainer]


def chosen_of(client: CheckingClient, name: str) -> list[str]:
    """The boxes of a list that are ticked."""
    assert client.tree is not None
    boxes = [field for field in client.tree.iter("input") if field.get("name") == name]
    return [str(box.get("value")) for box in boxes if box.get("checked") is not None]


@pytest.mark.causes_mails
def test_several_requests_become_one_session(
    client: CheckingClient, app: Flask, world: World, coordinator: str, agreed: str, plan_data: PlanData
) -> None:
    other = world.request("EG", coordinator, state=RequestState.AGREED, languages=["fr", "en"], audience="managers")
    agree_on(app, agreed, [DAY], "Africa/Nairobi", (time(9), time(10)))
    agree_on(app, other, [DAY], "Africa/Cairo", (time(9), time(10)))
    client.sign_in(coordinator)
    path = f"{NEW}?request={agreed}&request={other}&request={agreed}"
    text_of(client, path)
    assert value_of(client, "spoken") == "en", "the first choice of the first that the other named too"
    assert value_of(client, "audience") == "trademark examiners; managers"
    assert [value_of(client, f"office_{number}-office") for number in (1, 2, 3)] == ["KE", "EG", None]
    assert "These offices agreed to different times" not in words_of(client), "nine in Nairobi is nine in Cairo in July"
    data = plan_data(request=[agreed, other], **{"office_2-office": "EG", "office_2-role": "beneficiary"})
    assert client.submit(path, data).status_code == 200
    code = save(client, data, path)
    with app.app_context():
        session = session_by_code(code)
        assert {asked.public_id for asked in session.requests} == {agreed, other}
        parts = {(part.office.code, part.role) for part in session.offices}
        assert parts == {(o, r) for o in ("KE", "EG") for r in (OfficeRole.REQUESTER, OfficeRole.BENEFICIARY)}
    text_of(client, f"/en/planning/{code}")
    assert rows_shown(client, "office_") == 3, "who asked by a request is no row"


def test_offices_that_agreed_to_different_times_are_named(
    client: CheckingClient, app: Flask, world: World, coordinator: str, agreed: str
) -> None:
    other = world.request("EG", coordinator, state=RequestState.AGREED)
    agree_on(app, agreed, [DAY], "Africa/Nairobi", (time(9), time(10)))
    agree_on(app, other, [DAY], "Africa/Cairo", (time(14), time(15)))
    client.sign_in(coordinator)
    text_of(client, f"{NEW}?request={agreed}&request={other}")
    assert "These offices agreed to different times" in words_of(client)
    assert value_of(client, "meeting_1-wall_start") == "09:00"
    with app.app_context(), unit_of_work():
        db.session.execute(
            db.text("UPDATE training_request SET state = 'in_review' WHERE public_id = :id"), {"id": other}
        )
    assert client.get(f"{NEW}?request={agreed}&request={other}").status_code == 422, "one of them is not agreed"


def test_trainers_who_teach_this_come_first(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, plan_data: PlanData
) -> None:
    french = world.person("Aline French", role=Role.TRAINER)
    with app.app_context(), unit_of_work():
        nice = db.session.query(Subject).filter_by(code="NICE").one()
        for person, languages in ((trainer, ["en"]), (french, ["fr"])):
            db.session.add(
                TrainerProfile(person=person_of(person), zone="Europe/Zurich", languages=languages, subjects=[nice])
            )
    client.sign_in(coordinator)
    client.submit(NEW, plan_data(step="change"))
    words = words_of(client)
    assert words.index("They teach this in the language of the session") < words.index("Trainer Example")
    assert words.index("Trainer Example") < words.index("Other trainers") < words.index("Aline French")
    assert chosen_of(client, "trainers") == [trainer]
    text_of(client, f"{NEW}?course=NICE-EXAMINERS")
    assert "Other trainers" not in words_of(client), "no language is chosen, and both teach the subject of the course"
    client.submit(NEW, plan_data(step="check", trainers=[french]))
    assert "Aline French does not teach in this language: English." in words_of(client)


def test_new_trainers_are_asked_and_all_where_times_change(
    client: CheckingClient,
    app: Flask,
    world: World,
    coordinator: str,
    trainer: str,
    plan_data: PlanData,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second = world.person("Second Trainer", role=Role.TRAINER)
    client.sign_in(coordinator)
    code = save(client, plan_data())
    assert asked(world) == ["trainer.example@example.org"]
    answer(app, TeachingState.CONFIRMED)
    save(client, plan_data(title="Another title", trainers=[trainer, second]), f"/en/planning/{code}")
    assert asked(world) == ["trainer.example@example.org", "second.trainer@example.org"]
    assert answers(app, code) == {"Trainer Example": TeachingState.CONFIRMED, "Second Trainer": TeachingState.ASKED}
    answer(app, TeachingState.DECLINED)
    later = now() + timedelta(hours=1)
    monkeypatch.setattr("trainapp.scheduling.teaching.now", lambda: later)
    moved = plan_data(trainers=[trainer, second], **{"meeting_1-on_date": "2027-07-07"})
    save(client, moved, f"/en/planning/{code}")
    assert set(answers(app, code).values()) == {TeachingState.ASKED}, "what they said was for another day"
    assert sorted(asked(world)[2:]) == ["second.trainer@example.org", "trainer.example@example.org"]


def asked(world: World) -> list[str]:
    return [mail.recipient for mail in world.mails() if ":teaching_asked" in mail.key]


def answer(app: Flask, state: TeachingState) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(db.text("UPDATE session_trainer SET state = :state"), {"state": state.value})


def answers(app: Flask, code: str) -> dict[str, TeachingState]:
    with app.app_context():
        return {entry.person.name: entry.state for entry in session_by_code(code).teaching}


def test_a_plan_is_checked_in_a_fixed_number_of_queries(
    client: CheckingClient, app: Flask, coordinator: str, plan_data: PlanData
) -> None:
    """One meeting or ten: the form and its check ask the database as often."""
    client.sign_in(coordinator)
    token = client.token()
    counts = []
    for most in (1, 10):
        rows: dict[str, str] = {}
        for number in range(1, most + 1):
            rows[f"meeting_{number}-on_date"] = date(2027, 7, number).isoformat()
            rows[f"meeting_{number}-wall_start"], rows[f"meeting_{number}-wall_end"] = "10:00", "11:00"
        with statements_of(app) as seen:
            assert client.post(NEW, data=plan_data(csrf_token=token, **rows)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_who_is_taken_out_of_a_draft_is_told(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, plan_data: PlanData
) -> None:
    client.sign_in(coordinator)
    code = save(client, plan_data())
    save(client, plan_data(trainers=[]), f"/en/planning/{code}")
    assert [mail.key.split(":")[2] for mail in world.mails("trainer.example@example.org")] == [
        "teaching_asked",
        "teaching_ended",
    ]
    save(client, plan_data(), f"/en/planning/{code}")
    answer(app, TeachingState.DECLINED)
    save(client, plan_data(trainers=[]), f"/en/planning/{code}")
    ended = [mail for mail in world.mails() if ":teaching_ended" in mail.key]
    assert len(ended) == 1, "who declined knows it already"
