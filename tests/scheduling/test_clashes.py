"""Everything that stands against a meeting, in one shape; and the list of all that stands against sessions to come."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World, meeting_on, office_of, person_of
from trainapp.catalogue.queries import subjects_by_code
from trainapp.core.access import Role
from trainapp.core.clashes import Clash, ClashKind, Severity
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.languages import speaking
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.clashes import WeeklyHours
from trainapp.scheduling.clash_words import KINDS_OF
from trainapp.scheduling.clashes import (
    clashes_of_coming_sessions,
    meeting_clashes,
    own_clashes,
    plan_clashes,
    session_clashes,
)
from trainapp.scheduling.models import (
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainerException,
    TrainerHours,
    TrainerProfile,
)
from trainapp.scheduling.service import session_by_code

# A Tuesday on which Kenya works, in summer: 10:00 in Nairobi is 9:00 in Zurich and 16:00 in Tokyo.
DAY = date(2027, 7, 6)
TIMES = (datetime(2027, 7, 6, 7, tzinfo=UTC), datetime(2027, 7, 6, 8, 30, tzinfo=UTC))
LATE = (datetime(2027, 7, 6, 13, tzinfo=UTC), datetime(2027, 7, 6, 14, tzinfo=UTC))


def kinds(clashes: list[Clash]) -> list[str]:
    return [f"{clash.kind} {clash.severity}" for clash in clashes]


def give_profile(app: Flask, trainer: str, subjects: Sequence[str] = (), **values: object) -> None:
    with app.app_context(), unit_of_work():
        person = person_of(trainer)
        profile = TrainerProfile(person=person, **{"zone": person.zone, **values})
        profile.subjects = subjects_by_code(list(subjects))
        db.session.add(profile)


def set_answer(app: Flask, code: str, state: TeachingState) -> None:
    with app.app_context(), unit_of_work():
        for row in db.session.query(SessionTrainer).filter_by(session_id=session_by_code(code).id):
            row.state = state


@pytest.fixture
def home(world: World) -> str:
    """A trainer who works in Zurich's hours."""
    return world.person("Home Trainer", role=Role.TRAINER)


def test_nothing_stands_against_a_meeting_that_suits_everybody(app: Flask, context: None, home: str) -> None:
    found = meeting_clashes(
        *TIMES,
        offices=[(office_of("KE"), WeeklyHours((2,), time(9), time(12)))],
        trainers=[person_of(home)],
        subject_codes=["NICE"],
        language="en",
    )
    assert found == []


def test_a_meeting_outside_the_hours_of_a_trainer_is_told_by_their_clock(
    app: Flask, context: None, trainer: str
) -> None:
    (clash,) = meeting_clashes(*LATE, trainers=[person_of(trainer)])
    assert (clash.kind, clash.severity, clash.who) == (ClashKind.TRAINER_HOURS, Severity.WARNS, "Trainer Example")
    assert "10:00\xa0PM" in clash.when.replace("\u202f", "\xa0")
    assert "Tokyo (UTC+9)" in clash.plain
    assert clash.at == LATE[0]


def test_an_absence_is_told_apart_from_the_end_of_a_working_day(app: Flask, context: None, home: str) -> None:
    give_profile(app, home, exceptions=[TrainerException(first_day=DAY, last_day=DAY, note="Operation")])
    (clash,) = meeting_clashes(*TIMES, trainers=[person_of(home)])
    assert clash.kind is ClashKind.TRAINER_AWAY
    assert "Operation" not in clash.plain, "why somebody is away is theirs"


def test_working_after_all_clears_the_way(app: Flask, context: None, home: str) -> None:
    saturday = (TIMES[0] + timedelta(days=4), TIMES[1] + timedelta(days=4))
    assert kinds(meeting_clashes(*saturday, trainers=[person_of(home)])) == ["trainer_hours warns"]
    free = TrainerException(first_day=DAY + timedelta(days=4), last_day=DAY + timedelta(days=4), is_free=True)
    give_profile(app, home, exceptions=[free])
    db.session.rollback()
    assert meeting_clashes(*saturday, trainers=[person_of(home)]) == []


def test_another_meeting_blocks_unless_it_is_the_session_itself_or_declined(
    app: Flask, context: None, world: World, home: str
) -> None:
    world.session("A-1", trainer=home, first_day=DAY)
    person = person_of(home)
    busy = (TIMES[0] + timedelta(hours=1), TIMES[1] + timedelta(hours=2))
    (clash,) = meeting_clashes(*busy, trainers=[person], zone="Europe/Zurich")
    assert (clash.kind, clash.severity) == (ClashKind.TRAINER_BUSY, Severity.BLOCKS)
    assert clash.plain.startswith("Home Trainer teaches “Session A-1” at the same time: ")
    own = session_by_code("A-1").id
    assert meeting_clashes(*busy, trainers=[person], except_session=own)[0].kind is ClashKind.TRAINER_UNCONFIRMED
    set_answer(app, "A-1", TeachingState.CONFIRMED)
    db.session.rollback()
    assert meeting_clashes(*busy, trainers=[person_of(home)], except_session=own) == []
    set_answer(app, "A-1", TeachingState.DECLINED)
    db.session.rollback()
    assert meeting_clashes(*busy, trainers=[person_of(home)]) == []


def test_a_meeting_that_only_touches_another_is_free(app: Flask, context: None, world: World, home: str) -> None:
    world.session("A-1", trainer=home, first_day=DAY)  # from 8:00 to 9:30, UTC
    after = (datetime(2027, 7, 6, 9, 30, tzinfo=UTC), datetime(2027, 7, 6, 10, tzinfo=UTC))
    assert meeting_clashes(*after, trainers=[person_of(home)]) == []


def test_what_a_trainer_does_not_teach(app: Flask, context: None, world: World, home: str, trainer: str) -> None:
    give_profile(app, home, languages=["fr"], subjects=["IPC"])
    person = person_of(home)
    found = meeting_clashes(*TIMES, trainers=[person], subject_codes=["NICE"], language="en")
    assert kinds(found) == ["trainer_subject warns", "trainer_language warns"]
    assert "Nice" in found[0].plain
    assert "English" in found[1].plain
    assert meeting_clashes(*TIMES, trainers=[person], subject_codes=["IPC"], language="fr") == []


def test_trainers_who_share_the_subjects_of_a_session(app: Flask, context: None, world: World, home: str) -> None:
    other = world.person("Other Trainer", role=Role.TRAINER)
    give_profile(app, home, subjects=["IPC"])
    give_profile(app, other, subjects=["NICE"])
    people = [person_of(home), person_of(other)]
    assert meeting_clashes(*TIMES, trainers=people, subject_codes=["IPC", "NICE"]) == []
    found = meeting_clashes(*TIMES, trainers=people, subject_codes=["IPC", "NICE", "VIENNA"])
    assert [(clash.who, "Vienna" in clash.plain, "Nice" in clash.plain) for clash in found] == [
        ("Home Trainer", True, False),
        ("Other Trainer", True, False),
    ]
    found = meeting_clashes(*TIMES, trainers=people, subject_codes=["IPC"])
    assert [clash.who for clash in found] == ["Other Trainer"], "who teaches nothing of it is not needed"


def test_offices_have_their_days_hours_and_other_sessions(app: Flask, context: None, world: World) -> None:
    world.session("A-1", first_day=DAY, zone="Africa/Nairobi", offices={"KE": "host"})
    kenya = office_of("KE")
    found = meeting_clashes(*TIMES, offices=[(kenya, WeeklyHours((1,), None, None))], zone="Africa/Nairobi")
    assert kinds(found) == ["office_busy warns", "hours_asked warns"]
    assert found[0].plain.startswith("This office (Kenya) has “Session A-1” at the same time: ")
    assert meeting_clashes(*TIMES, offices=[(kenya, None)], except_session=session_by_code("A-1").id) == []
    sunday = (TIMES[0] - timedelta(days=2), TIMES[1] - timedelta(days=2))
    assert kinds(meeting_clashes(*sunday, offices=[(kenya, None)])) == ["office_weekend warns"]


def test_a_title_in_another_language_is_marked_and_a_name_cannot_be_markup(
    app: Flask, context: None, world: World
) -> None:
    trainer = world.person("<b>Trainer</b>", role=Role.TRAINER)
    world.session("A-1", trainer=trainer, first_day=DAY)
    with speaking("ar"):
        (clash,) = meeting_clashes(*TIMES[:1], TIMES[1] + timedelta(hours=1), trainers=[person_of(trainer)])
    assert '<span lang="en" dir="ltr">Session A-1</span>' in str(clash.sentence)
    assert "<b>" not in str(clash.sentence)
    assert "<span" not in clash.plain


def test_what_is_past_and_what_changes_its_hour(app: Flask, context: None, home: str) -> None:
    before = (datetime(2027, 3, 26, 9, tzinfo=UTC), datetime(2027, 3, 26, 10, tzinfo=UTC))
    after = (datetime(2027, 3, 29, 8, tzinfo=UTC), datetime(2027, 3, 29, 9, tzinfo=UTC))
    first, second = plan_clashes([before, after], trainers=[person_of(home)], at=before[0] - timedelta(days=1))
    assert (first, kinds(second)) == ([], ["clocks_change notes"])
    first, second = plan_clashes([before, after], at=before[0] + timedelta(minutes=1))
    assert (kinds(first), second) == (["past blocks"], [])
    assert plan_clashes([]) == []


def test_a_session_says_who_has_not_answered_once(app: Flask, context: None, world: World, home: str) -> None:
    world.session("A-1", trainer=home, first_day=DAY, meetings=2)
    assert kinds(session_clashes(session_by_code("A-1"))) == ["trainer_unconfirmed notes"]
    world.session("A-2", trainer=home, first_day=DAY)
    set_answer(app, "A-1", TeachingState.DECLINED)
    db.session.rollback()
    assert kinds(session_clashes(session_by_code("A-1"))) == ["trainer_declined blocks"], "nothing else of them counts"


def test_the_clashes_of_a_trainer_leave_out_the_days_of_offices(
    app: Flask, context: None, world: World, home: str
) -> None:
    sunday = DAY - timedelta(days=2)
    world.session("A-1", trainer=home, first_day=sunday, offices={"KE": "host"})
    set_answer(app, "A-1", TeachingState.CONFIRMED)
    sessions = [session_by_code("A-1")]
    assert kinds(own_clashes(person_of(home), sessions, TIMES[0] - timedelta(days=30))[0]) == ["trainer_hours warns"]
    assert own_clashes(person_of(home), sessions, TIMES[0] + timedelta(days=30)) == [[]], "what is past is past"


def test_the_queries_do_not_grow_with_the_meetings(
    app: Flask, context: None, world: World, queries: list[str], home: str, trainer: str
) -> None:
    def count(meetings: int) -> int:
        db.session.rollback()
        offices = [(office_of(code), None) for code in ("KE", "BR")]
        people = [person_of(home), person_of(trainer)]
        times = [(TIMES[0] + timedelta(days=day), TIMES[1] + timedelta(days=day)) for day in range(meetings)]
        queries.clear()
        found = plan_clashes(times, offices=offices, trainers=people, subject_codes=["NICE"], language="en")
        assert len(found) == meetings
        return len(queries)

    world.session("A-0", trainer=home, first_day=DAY, offices={"KE": "host"})
    few = count(2)
    for number in range(1, 20):
        world.session(f"A-{number}", trainer=home, first_day=DAY, meetings=3, offices={"KE": "host", "BR": "host"})
    assert count(30) == few


def test_every_kind_of_clash_stands_under_one_topic() -> None:
    listed = [kind for members in KINDS_OF.values() for kind in members]
    assert sorted(listed) == sorted(ClashKind)


def test_the_list_of_all_holds_what_is_to_come_the_worst_first(
    app: Flask, context: None, world: World, home: str
) -> None:
    soon = working_day(20)
    world.session("DOUBLE-1", trainer=home, first_day=soon)
    world.session("DOUBLE-2", trainer=home, first_day=soon, state=SessionState.DRAFT)
    world.session("FAR", trainer=home, first_day=today() + timedelta(days=500))
    world.session("OVER", trainer=home, first_day=today() - timedelta(days=10))
    world.session("GONE", trainer=home, first_day=soon, state=SessionState.CANCELLED)
    found = clashes_of_coming_sessions()
    assert [(each.session.code, each.clash.kind.value) for each in found] == [
        ("DOUBLE-1", "trainer_busy"),
        ("DOUBLE-2", "trainer_busy"),
        ("DOUBLE-1", "trainer_unconfirmed"),
        ("DOUBLE-2", "trainer_unconfirmed"),
    ]


def working_day(days: int) -> date:
    """A Tuesday about so many days from now."""
    found = today() + timedelta(days=days)
    return found + timedelta(days=(2 - found.isoweekday()) % 7)


def test_the_page_narrows_by_what_stands_in_its_address(
    client: CheckingClient, world: World, coordinator: str, home: str
) -> None:
    soon = working_day(20)
    world.session("DOUBLE-1", trainer=home, first_day=soon)
    world.session("DOUBLE-2", trainer=home, first_day=soon)
    client.sign_in(coordinator)

    def rows(query: str) -> int:
        response = client.get(f"/en/clashes{query}")
        assert response.status_code == 200
        return len(re.findall('<tr role="row">', response.text)) - 1

    assert rows("") == 4
    assert rows("?severity=blocks") == 2
    assert rows("?severity=blocks&kind=trainer_answer") == -1
    assert rows("?kind=trainer_answer&severity=") == 2
    assert rows("?kind=nonsense&severity=x") == 4
    assert rows("?kind=office&kind=trainer_time&page=99999999999999999999") == -1
    client.sign_in(home)
    assert client.get("/en/clashes").status_code == 403


def test_a_page_without_any_clash_says_so(client: CheckingClient, world: World, coordinator: str) -> None:
    client.sign_in(coordinator)
    assert "Nothing stands against any session" in client.get("/en/clashes").text


def test_the_queries_of_the_list_do_not_grow_with_the_sessions(
    app: Flask, client: CheckingClient, world: World, queries: list[str], coordinator: str
) -> None:
    trainers = [world.person(f"Trainer {number}", role=Role.TRAINER) for number in range(5)]

    def count() -> int:
        client.sign_in(coordinator)
        client.get("/en/clashes")
        queries.clear()
        assert client.get("/en/clashes").status_code == 200
        return len(queries)

    def add(numbers: range) -> None:
        for number in numbers:
            day = working_day(20 + number)
            world.session(f"A-{number}", trainer=trainers[number % 5], first_day=day, offices={"KE": "host"})

    add(range(10))
    few = count()
    add(range(10, 20))
    with app.app_context(), unit_of_work():
        for number in range(20):
            session = session_by_code(f"A-{number}")
            session.meetings += [
                meeting_on(session.first_day + timedelta(days=day), day + 1, "Europe/Zurich") for day in range(1, 50)
            ]
    assert count() == few


def test_hours_in_the_evening_of_one_day_and_the_morning_of_the_next(
    app: Flask, context: None, world: World, home: str
) -> None:
    """A meeting over midnight at the trainer's place, within hours kept on both days."""
    hours = [
        TrainerHours(weekday=2, from_time=time(20), to_time=time(23, 59)),
        TrainerHours(weekday=3, from_time=time(), to_time=time(3)),
    ]
    give_profile(app, home, zone="Pacific/Honolulu", hours=hours)
    night = (datetime(2027, 7, 7, 9, tzinfo=UTC), datetime(2027, 7, 7, 12, tzinfo=UTC))  # 23:00 to 2:00 there
    assert meeting_clashes(*night, trainers=[person_of(home)]) == []
