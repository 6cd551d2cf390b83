"""The pages of trainers: what they teach, when they work, days that differ; and the list for those who coordinate."""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.catalogue.queries import subjects_by_code
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import TrainerException, TrainerHours, TrainerProfile
from trainapp.scheduling.trainer_queries import able_trainers, can_teach, profile_of, trainer_profiles
from trainapp.scheduling.trainers import ExceptionWish, add_exception, remove_exception, save_profile

HOURS = {"hours_1-weekday": "1", "hours_1-from_time": "08:30", "hours_1-to_time": "12:00"}


def profile_data(**changes: Any) -> dict[str, Any]:
    """A profile as a browser sends it."""
    return {
        "subjects": ["NICE", "IPC"],
        "spoken": ["ja", "en"],
        "zone": "Asia/Tokyo",
        "rows": "7",
        **HOURS,
        "hours_2-weekday": "1",
        "hours_2-from_time": "13:00",
        "hours_2-to_time": "17:30",
        "step": "save",
        **changes,
    }


def seen_in(page: str) -> str:
    """The mark of the profile that a form shows."""
    found = re.search('name="seen" type="hidden" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def send_profile(client: CheckingClient, trainer: str, **changes: Any) -> TestResponse:
    """Fill in the profile that stands now."""
    path = f"/en/trainers/{trainer}/profile"
    return client.submit(path, profile_data(seen=seen_in(client.get(path).text), **changes))


def profile_in_words(app: Flask, trainer: str) -> tuple[str, list[str], list[str], list[str]]:
    with app.app_context():
        profile = profile_of(person_of(trainer))
        assert profile is not None
        hours = [f"{each.weekday} {each.from_time:%H:%M}-{each.to_time:%H:%M}" for each in profile.hours]
        return profile.zone, list(profile.languages), [each.code for each in profile.subjects], hours


@pytest.fixture
def own(client: CheckingClient, trainer: str) -> CheckingClient:
    """The trainer, signed in."""
    client.sign_in(trainer)
    return client


def test_a_trainer_says_what_they_teach_and_when_they_work(own: CheckingClient, app: Flask, trainer: str) -> None:
    assert "All subjects" in own.get(f"/en/trainers/{trainer}").text
    done = own.get(send_profile(own, trainer).location)
    assert "The profile is saved." in done.text
    assert re.search("8:30\xa0AM.{3}12:00\xa0PM and 1:00\xa0PM.{3}5:30\xa0PM", done.text)
    expected = ("Asia/Tokyo", ["ja", "en"], ["NICE", "IPC"], ["1 08:30-12:00", "1 13:00-17:30"])
    zone, languages, subjects, hours = profile_in_words(app, trainer)
    assert (zone, sorted(languages), sorted(subjects), hours) == (
        expected[0],
        sorted(expected[1]),
        sorted(expected[2]),
        expected[3],
    )
    form = own.get(f"/en/trainers/{trainer}/profile").text
    assert 'value="08:30"' in form
    send_profile(own, trainer, subjects=[], spoken=[], **{name: "" for name in profile_data() if "hours" in name})
    assert profile_in_words(app, trainer) == ("Asia/Tokyo", [], [], [])


def test_more_rows_keep_what_was_typed(own: CheckingClient, trainer: str) -> None:
    page = own.submit(f"/en/trainers/{trainer}/profile", profile_data(step="more", **{"hours_1-from_time": "8.30"}))
    assert page.status_code == 200
    assert 'value="8.30"' in page.text
    assert len(re.findall('name="hours_[0-9]+-weekday"', page.text)) == 12
    most = own.submit(f"/en/trainers/{trainer}/profile", profile_data(step="more", rows="28")).text
    assert len(re.findall('name="hours_[0-9]+-weekday"', most)) == 28
    assert "More rows" not in most


def test_what_no_page_can_hold_is_not_shown_again(own: CheckingClient, trainer: str) -> None:
    path = f"/en/trainers/{trainer}/profile"
    bad = {
        "subjects": ["NICE", "\x00"],
        "spoken": ["\x01"],
        "zone": "\x00",
        "seen": "\x00",
        "hours_1-from_time": "8\x00",
    }
    assert own.submit(path, profile_data(step="more", **bad)).status_code == 200
    refused = own.submit(path, profile_data(**bad))
    assert refused.status_code == 422
    assert 'value="13:00"' in refused.text


def test_who_saved_a_profile_later_sees_what_stands_and_loses_nothing(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    path = f"/en/trainers/{trainer}/profile"
    client.sign_in(trainer)
    late = profile_data(seen=seen_in(client.get(path).text), **{"hours_1-from_time": "07:15"})
    assert client.submit(f"/en/trainers/{trainer}/days", {"about": "away", "first_day": today().isoformat()}).location
    client.sign_in(coordinator)
    assert send_profile(client, trainer, spoken=["pt"]).status_code == 302
    client.sign_in(trainer)
    refused = client.submit(path, late)
    assert refused.status_code == 409
    assert "This stands now." in refused.text
    assert "<dd>Portuguese</dd>" in re.sub(r"</?(bdi|span)[^>]*>|\s{2,}", "", refused.text)
    assert 'value="07:15"' in refused.text
    assert profile_in_words(app, trainer)[1] == ["pt"]
    assert client.submit(path, {**late, "seen": seen_in(refused.text)}).status_code == 302
    assert "1 07:15-12:00" in profile_in_words(app, trainer)[3]


def test_days_noted_meanwhile_do_not_stand_against_the_first_profile(own: CheckingClient, trainer: str) -> None:
    path = f"/en/trainers/{trainer}/profile"
    first = profile_data(seen=seen_in(own.get(path).text))
    own.submit(f"/en/trainers/{trainer}/days", {"about": "away", "first_day": today().isoformat()})
    assert own.submit(path, first).status_code == 302


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"zone": "Mars/Olympus"}, "Not a valid choice."),
        ({"zone": ""}, "Please fill this in."),
        ({"subjects": ["HATS"]}, "is not a valid choice for this field"),
        ({"spoken": ["tlh"]}, "is not a valid choice for this field"),
        ({"hours_1-weekday": "8"}, "Not a valid choice."),
        ({"hours_1-weekday": ""}, "Please fill this in."),
        ({"hours_1-to_time": ""}, "Please fill this in."),
        ({"hours_1-to_time": "08:30"}, "The end must come after the start, on the same day."),
        ({"hours_1-to_time": "25:61"}, "Not a valid time value."),
        ({"hours_1-to_time": "\u0000\u2028x"}, "Not a valid time value."),
        ({"rows": "9" * 5000}, "Not a valid integer value."),
        ({"rows": "-5", "hours_1-to_time": "x"}, "Not a valid time value."),
    ],
)
def test_a_profile_that_is_not_right_comes_back(
    own: CheckingClient, app: Flask, trainer: str, changes: dict[str, Any], said: str
) -> None:
    page = send_profile(own, trainer, **changes)
    assert page.status_code == 422
    assert said in page.text
    assert 'value="13:00"' in page.text, "what was typed stays"
    with app.app_context():
        assert profile_of(person_of(trainer)) is None


def test_days_that_differ_are_noted_and_removed(own: CheckingClient, app: Flask, trainer: str) -> None:
    first = today() + timedelta(days=30)
    data = {"about": "away", "first_day": first.isoformat(), "last_day": "", "note": "Dentist"}
    data |= {"from_time": "09:00", "to_time": "11:00"}
    page = own.submit(f"/en/trainers/{trainer}/days", data, follow_redirects=True)
    assert "Dentist" in page.text
    found = re.search(rf"/en/trainers/{trainer}/days/([\w-]+)/remove", page.text)
    assert found is not None
    with app.app_context():
        (entry,) = db.session.query(TrainerException).all()
        assert (entry.first_day, entry.last_day, entry.from_time, entry.is_free) == (first, first, time(9), False)
    assert "Dentist" not in own.submit(found[0], follow_redirects=True).text
    assert own.submit(found[0]).status_code == 404
    data |= {"about": "working", "last_day": (first + timedelta(days=3)).isoformat(), "from_time": "", "to_time": ""}
    assert "Working after all" in own.submit(f"/en/trainers/{trainer}/days", data, follow_redirects=True).text


def test_past_days_are_folded_away(own: CheckingClient, app: Flask, trainer: str) -> None:
    with app.app_context(), unit_of_work():
        day = today() - timedelta(days=40)
        past = TrainerException(first_day=day, last_day=day, note="Long ago")
        db.session.add(TrainerProfile(person=person_of(trainer), zone="Asia/Tokyo", exceptions=[past]))
    page = own.get(f"/en/trainers/{trainer}").text
    assert page.index("Past days</summary>") < page.index("Long ago")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first_day": ""}, "Please fill this in."),
        ({"first_day": "2027-13-45"}, "Not a valid date value."),
        ({"first_day": "9999-12-31"}, "Please check the year."),
        ({"first_day": "0001-01-01"}, "Please check the year."),
        ({"last_day": today().isoformat()}, "The last day must not come before the first."),
        ({"last_day": "9999-12-31"}, "Please check the year."),
        ({"from_time": "09:00"}, "Please fill this in."),
        ({"from_time": "09:00", "to_time": "09:00"}, "The end must come after the start, on the same day."),
        ({"note": "x" * 201}, "Please use at most 200 characters."),
        ({"note": "two\nlines"}, "Please write this on one line"),
        ({"about": "elsewhere"}, "Not a valid choice."),
    ],
)
def test_days_that_are_not_right_come_back(
    own: CheckingClient, trainer: str, changes: dict[str, str], said: str
) -> None:
    data = {"about": "away", "first_day": (today() + timedelta(days=30)).isoformat(), "note": "Kept as typed"}
    page = own.submit(f"/en/trainers/{trainer}/days", data | changes)
    assert page.status_code == 422
    assert said in page.text
    assert changes.get("note", "Kept as typed").split("\n")[0] in page.text


def test_nobody_keeps_entries_without_end(app: Flask, context: None, trainer: str) -> None:
    person = person_of(trainer)
    day = today() + timedelta(days=3)
    exceptions = [TrainerException(first_day=day, last_day=day) for _each in range(200)]
    db.session.add(TrainerProfile(person=person, zone=person.zone, exceptions=exceptions))
    db.session.flush()
    with pytest.raises(Exception, match="too many entries"):
        add_exception(person, person, ExceptionWish(day, day))


def test_a_trainer_page_is_its_owners_and_the_coordinators(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    other = world.person("Other Trainer", role=Role.TRAINER)
    focal_point = world.person("Focal Point", role=Role.FOCAL_POINT, office="KE")
    client.sign_in(other)
    assert client.get(f"/en/trainers/{trainer}").status_code == 404
    assert client.get("/en/trainers/nobody-has-this").status_code == 404
    assert client.submit(f"/en/trainers/{trainer}/profile", profile_data()).status_code == 404
    assert client.submit(f"/en/trainers/{trainer}/days", {}).status_code == 404
    assert client.submit(f"/en/trainers/{trainer}/feed").status_code == 404
    assert client.get("/en/my-teaching").location == f"/en/trainers/{other}"
    client.sign_in(focal_point)
    assert client.get(f"/en/trainers/{trainer}").status_code == 403
    client.sign_in(coordinator)
    assert client.get(f"/en/trainers/{trainer}").status_code == 200
    assert send_profile(client, trainer).status_code == 302
    assert client.submit(f"/en/trainers/{trainer}/feed").status_code == 404, "a feed is its owner's alone"
    assert client.get(f"/en/trainers/{coordinator}").status_code == 404, "no trainer"
    assert client.get("/en/my-teaching").location == "/en/trainers"
    with app.app_context():
        acts: tuple[Callable[..., Any], ...] = (partial(save_profile, seen=""), add_exception, remove_exception)
        for act in acts:
            with pytest.raises(NotFound):
                act(person_of(other), person_of(trainer), None)


def test_an_entry_of_somebody_else_is_not_removed(
    client: CheckingClient, app: Flask, world: World, trainer: str
) -> None:
    other = world.person("Other Trainer", role=Role.TRAINER)
    with app.app_context(), unit_of_work():
        entry = add_exception(person_of(trainer), person_of(trainer), ExceptionWish(today(), today()))
        public_id = entry.public_id
    client.sign_in(other)
    assert client.submit(f"/en/trainers/{other}/days/{public_id}/remove").status_code == 404
    with app.app_context():
        assert db.session.query(TrainerException).count() == 1


def test_the_agenda_shows_own_time_first_and_the_link_to_join(
    own: CheckingClient, world: World, coordinator: str, trainer: str
) -> None:
    world.session("2027-NICE-JA-01", trainer=trainer, subjects=["NICE"])
    page = own.get(f"/en/trainers/{trainer}").text
    assert page.index("Tokyo (UTC+9)") < page.index("Zurich (UTC+1)")
    assert "https://meet.example.org/room" in page
    own.sign_in(coordinator)
    assert "I will teach it" not in own.get(f"/en/trainers/{trainer}").text


def test_who_can_teach_what(app: Flask, context: None, world: World) -> None:
    for name in ("Anything", "Nice in French", "Unsaid Language"):
        world.person(name, role=Role.TRAINER)
    with app.app_context(), unit_of_work():
        people = {person.name: person for person, _profile in trainer_profiles()}
        nice = subjects_by_code(["NICE"])
        db.session.add(TrainerProfile(person=people["Nice in French"], zone="UTC", languages=["fr"], subjects=nice))
        db.session.add(TrainerProfile(person=people["Unsaid Language"], zone="UTC", subjects=nice))
    db.session.rollback()

    def able(codes: list[str], languages: list[str]) -> list[str]:
        return [person.name for person, _profile in able_trainers(codes, languages)]

    assert able(["NICE"], ["fr"]) == ["Anything", "Nice in French", "Unsaid Language"]
    assert able(["NICE"], ["de", "fr"]) == ["Anything", "Nice in French", "Unsaid Language"]
    assert able(["NICE"], ["de"]) == ["Anything", "Unsaid Language"]
    assert able(["NICE", "IPC"], []) == ["Anything"]
    assert able([], []) == ["Anything", "Nice in French", "Unsaid Language"]
    profile = next(profile for person, profile in trainer_profiles() if person.name == "Nice in French")
    assert can_teach(profile, ["NICE"], None)
    assert not can_teach(profile, ["IPC"], None)


def test_the_list_narrows_by_subject_and_language(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    with app.app_context(), unit_of_work():
        hours = [TrainerHours(weekday=3, from_time=time(9), to_time=time(12))]
        db.session.add(
            TrainerProfile(
                person=person_of(trainer),
                zone="Asia/Tokyo",
                languages=["ja"],
                subjects=subjects_by_code(["IPC"]),
                hours=hours,
            )
        )
    world.session("A-1", trainer=trainer, meetings=2)
    client.sign_in(coordinator)
    page = client.get("/en/trainers?subject=IPC&spoken=ja").text
    assert "Trainer Example" in page
    assert "1 session not answered" in page
    assert "Wednesday" in page
    assert "<bdi>3</bdi>" in page, "hours of the next 90 days"
    for query in ("?subject=NICE", "?spoken=fr", "?subject=NICE&spoken=ja"):
        assert "No trainer fits" in client.get(f"/en/trainers{query}").text
    for query in ("?subject=HATS", "?page=99999999999999999999", "?spoken=fr&spoken=ja&subject=&page=-1"):
        assert client.get(f"/en/trainers{query}").status_code == 200


def test_the_queries_do_not_grow_with_the_trainers(
    client: CheckingClient, app: Flask, world: World, queries: list[str], coordinator: str
) -> None:
    def count() -> int:
        client.sign_in(coordinator)
        client.get("/en/trainers")
        queries.clear()
        assert client.get("/en/trainers").status_code == 200
        return len(queries)

    def add(numbers: range) -> None:
        for number in numbers:
            trainer = world.person(f"Trainer {number:03}", role=Role.TRAINER)
            with app.app_context(), unit_of_work():
                db.session.add(
                    TrainerProfile(
                        person=person_of(trainer),
                        zone="UTC",
                        subjects=subjects_by_code(["NICE", "IPC"]),
                        hours=[TrainerHours(weekday=day, from_time=time(9), to_time=time(17)) for day in range(1, 5)],
                        exceptions=[TrainerException(first_day=date(2027, 1, 1), last_day=date(2027, 1, 2))],
                    )
                )
        world.session(f"A-{numbers.start}", trainer=trainer, meetings=3)

    add(range(10))
    few = count()
    add(range(10, 200))
    assert count() == few
    assert "Page 2 of 4" in client.get("/en/trainers?page=2").text
