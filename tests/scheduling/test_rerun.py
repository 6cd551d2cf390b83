"""Holding a session again, in another language or another year: what stays, and what is found anew."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from tests.scheduling.test_catalogue import HOSTILE, change, text_of, words_of
from tests.scheduling.test_plan_form import chosen_of
from tests.scheduling.test_planning import NEW, value_of
from tests.support.client import CheckingClient
from tests.support.world import World, meeting_on, person_of
from trainapp.catalogue.models import Subject
from trainapp.catalogue.queries import course_by_code, edition_in_force
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import Meeting, MeetingState, SessionKind, SessionState, TrainerProfile
from trainapp.scheduling.planning_values import first_day_again
from trainapp.scheduling.service import session_by_code

FIRST = date(2026, 3, 2)


@pytest.fixture
def held(app: Flask, world: World, trainer: str) -> str:
    """A delivered training on a Monday, a Wednesday and the Monday after next; gives its code."""
    code = world.session(
        "2026-ST26-EN-07",
        state=SessionState.DELIVERED,
        kind=SessionKind.TRAINING,
        subjects=["ST26", "NICE"],
        offices={"KE": "requester", "EG": "host"},
        zone="Europe/Zurich",
        first_day=FIRST,
        capacity=25,
        trainer=trainer,
        interpretation=["fr", "ar"],
        titles={"en": "Sequences", "ar": "التسلسلات"},
        opens_at=datetime(2026, 2, 2, 8, tzinfo=UTC),
        closes_at=datetime(2026, 2, 27, 17, tzinfo=UTC),
    )
    with app.app_context(), unit_of_work():
        session = session_by_code(code)
        session.meetings += [meeting_on(FIRST + timedelta(days=by), n, session.zone) for n, by in ((2, 2), (3, 14))]
        session.meetings.append(
            Meeting(number=4, on_date=FIRST + timedelta(days=3), zone=session.zone, state=MeetingState.CANCELLED)
        )
    return code


def again(code: str, spoken: str, first_day: str) -> str:
    return f"{NEW}?again={code}&spoken={spoken}&first_day={first_day}"


def test_the_pattern_stays(client: CheckingClient, coordinator: str, held: str) -> None:
    client.sign_in(coordinator)
    text_of(client, again(held, "fr", "2027-07-05"))
    days = [value_of(client, f"meeting_{number}-on_date") for number in (1, 2, 3)]
    assert days == ["2027-07-05", "2027-07-07", "2027-07-19"], "the cancelled meeting is no part of it"
    for name, value in {
        "meeting_3-wall_start": "10:00",
        "meeting_3-wall_end": "11:30",
        "zone": "Europe/Zurich",
        "spoken": "fr",
        "kind": "training",
        "capacity": "25",
        "policy": "open",
        "title": "",
        "join_url": "",
        "office_1-office": "EG",
        "office_1-role": "host",
        "office_2-office": None,
        "opens-on_date": "2027-06-07",
        "opens-wall_time": "09:00",
        "closes-on_date": "2027-07-02",
    }.items():
        assert value_of(client, name) == value, name
    assert chosen_of(client, "subjects") == ["ST26", "NICE"]
    assert chosen_of(client, "interpretation") == ["ar"]


def test_a_title_stays_where_there_is_one_in_the_language(client: CheckingClient, coordinator: str, held: str) -> None:
    client.sign_in(coordinator)
    text_of(client, again(held, "ar", "2027-07-05"))
    assert value_of(client, "title") == "التسلسلات"
    assert chosen_of(client, "interpretation") == ["fr"]


def test_editions_are_those_of_the_new_day(client: CheckingClient, app: Flask, coordinator: str, held: str) -> None:
    with app.app_context(), unit_of_work():
        for entry in session_by_code(held).subjects:
            entry.edition = edition_in_force(entry.subject, FIRST)
    client.sign_in(coordinator)
    text_of(client, again(held, "en", "2027-07-05"))
    assert value_of(client, "edition_ST26") is None, "nothing is chosen, so the date decides"


def test_only_trainers_who_teach_in_the_language_stay(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, held: str
) -> None:
    left = world.person("No Trainer Any More")
    with app.app_context(), unit_of_work():
        session = session_by_code(held)
        session.trainers.append(person_of(left))
        subjects = db.session.query(Subject).filter(Subject.code.in_(["ST26", "NICE"])).all()
        db.session.add(
            TrainerProfile(person=person_of(trainer), zone="Asia/Tokyo", languages=["en", "ja"], subjects=subjects)
        )
    client.sign_in(coordinator)
    text_of(client, again(held, "ja", "2027-07-05"))
    assert chosen_of(client, "trainers") == [trainer]
    text_of(client, again(held, "fr", "2027-07-05"))
    assert chosen_of(client, "trainers") == []


@pytest.mark.causes_mails
def test_a_session_held_again_is_a_session_of_its_own(
    client: CheckingClient, app: Flask, world: World, coordinator: str, held: str
) -> None:
    world.material(held)
    client.sign_in(coordinator)
    path = again(held, "fr", "2027-07-05")
    text_of(client, path)
    assert client.tree is not None
    form = {
        str(field.get("name")): value_of(client, str(field.get("name"))) or ""
        for field in client.tree.iter()
        if field.get("name") and field.get("type") not in ("checkbox", "radio")
    }
    form |= {"join_url": "https://meet.example.org/again", "title": "Les séquences", "step": "save"}
    response = client.submit(path, {**form, "subjects": ["ST26", "NICE"]})
    assert response.status_code == 302, words_of(client)
    with app.app_context():
        old, new = (session_by_code(code) for code in (held, "2027-ST26-FR-01"))
        assert new.state is SessionState.DRAFT
        assert new.requests == []
        assert new.materials == []
        assert {meeting.uid for meeting in new.meetings}.isdisjoint(meeting.uid for meeting in old.meetings)
        assert [meeting.wall_start for meeting in new.meetings] == [time(10)] * 3
        assert {entry.edition.name for entry in new.subjects if entry.edition} == {"2.0", "13-2026"}
        assert old.titles == {"en": "Sequences", "ar": "التسلسلات"}


def test_the_page_asks_for_language_and_first_day(client: CheckingClient, coordinator: str, held: str) -> None:
    client.sign_in(coordinator)
    assert f"/en/planning/{held}/again" in text_of(client, f"/en/sessions/{held}")
    text_of(client, f"/en/planning/{held}/again")
    assert value_of(client, "spoken") == "en"
    assert value_of(client, "first_day") == (FIRST + timedelta(weeks=52)).isoformat()
    response = client.get(f"/en/planning/{held}/again?spoken=fr&first_day=2027-07-05")
    assert response.status_code == 302
    assert client.get(response.headers["Location"]).status_code == 200
    assert value_of(client, "meeting_1-on_date") == "2027-07-05"
    response = client.get(f"{NEW}?again={held}")
    assert response.headers["Location"] == f"/en/planning/{held}/again"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("spoken=fr&first_day=2027-02-30", "Not a valid date value."),
        ("spoken=fr&first_day=", "Please fill this in."),
        ("spoken=xx&first_day=2027-07-05", "Not a valid choice."),
        ("spoken=fr&first_day=1999-07-05", "Please check the year."),
        ("spoken=fr&first_day=9999-12-31", "Please check the year."),
    ],
)
def test_faults_are_shown_beside_their_question(
    client: CheckingClient, coordinator: str, held: str, query: str, sentence: str
) -> None:
    client.sign_in(coordinator)
    assert client.get(f"/en/planning/{held}/again?{query}").status_code == 422
    assert sentence in words_of(client)
    response = client.get(f"{NEW}?again={held}&{query}")
    assert response.status_code == 302
    assert client.get(response.headers["Location"]).status_code == 422


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_addresses_never_fail(client: CheckingClient, coordinator: str, held: str, value: str) -> None:
    client.sign_in(coordinator)
    known = (302, 308, 400, 404, 422)
    assert client.get(f"{NEW}?again={value}").status_code in known
    assert client.get(f"{NEW}?again={held}&spoken={value}&first_day={value}").status_code in known
    assert client.get(f"/en/planning/{held}/again?spoken={value}&spoken=fr&first_day={value}").status_code in known
    assert client.get(f"/en/planning/{value}/again").status_code in known
    assert client.get(f"{NEW}?course={value}").status_code in known


def test_a_session_with_more_meetings_than_the_form_holds_is_refused(
    client: CheckingClient, world: World, coordinator: str
) -> None:
    world.session("2026-NICE-EN-01", meetings=31, first_day=date(2026, 1, 5), state=SessionState.DELIVERED)
    client.sign_in(coordinator)
    assert client.get(again("2026-NICE-EN-01", "en", "2027-07-05")).status_code == 422
    assert "more meetings than this form can hold" in words_of(client)


def test_days_without_hours_are_filled_in_as_far_as_they_are_known(
    client: CheckingClient, app: Flask, world: World, coordinator: str
) -> None:
    world.session("2021-NICE-01", state=SessionState.DELIVERED, language=None, first_day=date(2021, 7, 6))
    with app.app_context(), unit_of_work():
        [meeting] = session_by_code("2021-NICE-01").meetings
        meeting.wall_start = meeting.wall_end = meeting.starts_at = meeting.ends_at = None
    client.sign_in(coordinator)
    text_of(client, again("2021-NICE-01", "en", "2027-07-06"))
    assert value_of(client, "meeting_1-on_date") == "2027-07-06"
    assert value_of(client, "meeting_1-wall_start") in ("", None)


def test_the_day_proposed_is_the_same_weekday_and_to_come(app: Flask, world: World) -> None:
    for first in (date(2021, 7, 6), today() - timedelta(days=1), today() + timedelta(days=40)):
        code = world.session(f"A-{first.isoformat()}", first_day=first)
        with app.app_context():
            proposed = first_day_again(session_by_code(code), today())
        assert proposed > today()
        assert proposed.weekday() == first.weekday()
        assert proposed - first >= timedelta(weeks=52)


def test_a_draft_or_cancelled_session_can_be_held_again_and_only_by_coordinators(
    client: CheckingClient, app: Flask, trainer: str, coordinator: str, held: str
) -> None:
    change(app, held, state=SessionState.CANCELLED, course=None)
    client.sign_in(trainer)
    assert client.get(again(held, "fr", "2027-07-05")).status_code == 403
    assert client.get(f"/en/planning/{held}/again").status_code == 403
    client.sign_in(coordinator)
    assert client.get(again(held, "fr", "2027-07-05")).status_code == 200


def test_a_title_falls_back_to_the_course(client: CheckingClient, app: Flask, coordinator: str, held: str) -> None:
    with app.app_context(), unit_of_work():
        session_by_code(held).course = course_by_code("NICE-EXAMINERS")
    client.sign_in(coordinator)
    text_of(client, again(held, "ru", "2027-07-05"))
    assert value_of(client, "course") == "NICE-EXAMINERS"
    assert value_of(client, "title") == ""
