"""A zone changes its law: meetings keep their wall time, and exactly those whose instant moved are sent again."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.support.invited import deliver, invited, letter, queued, write_all_mailings
from tests.support.model_calendar import read_message
from tests.support.statements import statements_of
from tests.support.world import World
from tests.support.zone_files import law
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.core.walltime import instant_by_law
from trainapp.registrations.models import Invitation, Mailing, RegistrationState, Reply
from trainapp.registrations.zone_laws import follow_zone_laws
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession

HOUR = timedelta(hours=1)
YEAR = today().year + 1
LAST_SUNDAY_OF_MARCH = date(YEAR, 3, 31) - timedelta(days=date(YEAR, 3, 31).isoweekday() % 7)
LAST_SUNDAY_OF_OCTOBER = date(YEAR, 10, 31) - timedelta(days=date(YEAR, 10, 31).isoweekday() % 7)
SATURDAY = LAST_SUNDAY_OF_MARCH - timedelta(days=1)
SUMMER_ALL_YEAR = f"""
Rule L 1990 {YEAR - 1} - Mar lastSun 1:00u 1:00 S
Rule L 1996 {YEAR - 1} - Oct lastSun 1:00u 0 -
Zone Europe/Zurich 1:00 L CE%sT {YEAR} Jan 1
                   2:00 - CEST
"""
SPRING_AT_TEN = f"""
Zone Europe/Zurich 1:00 - CET {YEAR} Mar {SATURDAY.day} 10:00
                   2:00 - CEST
"""


def follow(world: World) -> None:
    with world.app.app_context(), unit_of_work():
        follow_zone_laws()


def instants(world: World) -> list[tuple[int, datetime, datetime, int]]:
    with world.app.app_context():
        rows = db.session.scalars(select(Meeting).order_by(Meeting.session_id, Meeting.number))
        return [(row.number, row.starts_at, row.ends_at, row.sequence) for row in rows]


def put_off(world: World, *numbers: int) -> None:
    """Leave meetings as they were made by the law of before, an hour later than now."""
    with world.app.app_context(), unit_of_work():
        for meeting in db.session.scalars(select(Meeting).where(Meeting.number.in_(numbers))):
            meeting.starts_at, meeting.ends_at = meeting.starts_at + HOUR, meeting.ends_at + HOUR


def mailings(world: World) -> list[dict[str, object]]:
    with world.app.app_context():
        return list(db.session.scalars(select(Mailing.content)))


def test_exactly_the_meetings_whose_instant_moved_are_sent_again_to_each_in_their_language(world: World) -> None:
    trainer = world.person("Tom Teaches", role=Role.TRAINER, language="fr")
    world.person("Olu Own", role=Role.FOCAL_POINT, office="KE", language="ko")
    code = world.session(meetings=3, trainer=trainer, offices={"KE": "beneficiary"})
    right = instants(world)
    put_off(world, 2, 3)
    people = [
        invited(world, code, "Amal Example", language="ar", zone="Africa/Cairo"),
        invited(world, code, "Bob Example", zone="America/Lima", state=RegistrationState.PENDING),
    ]
    waiting = invited(world, code, "Waits Example", state=RegistrationState.WAITLISTED)
    invited(world, code, "Left Example", state=RegistrationState.CANCELLED)
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(Invitation).values(reply=Reply.ACCEPTED))
    follow(world)
    follow(world)
    assert instants(world) == [right[0], *((*each[:3], 1) for each in right[1:])]
    assert mailings(world) == [{"zone_law": [2, 3]}]
    assert {(mail.recipient, mail.language) for mail in queued(world)} == {
        ("tom.teaches@example.org", "fr"),
        ("olu.own@example.org", "ko"),
    }
    deliver(world)
    write_all_mailings(world)
    mails = queued(world)
    for address in people:
        own = [mail for mail in mails if mail.recipient == address]
        read = [read_message(mail.content or b"") for mail in own]
        told = [(each.method, each.sequence, each.starts_at) for each in read if each is not None]
        assert told == [("REQUEST", 1, start) for _number, start, _end, _sequence in right[1:]]
    assert [mail.recipient for mail in mails].count(waiting) == 1
    assert len(mails) == 5
    for mail in mails:
        letter(mail)
    with world.app.app_context():
        acts = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "zone law followed")).all()
    assert [(act.before["meeting"], act.after["is_skipped"]) for act in acts] == [(2, False), (3, False)]
    assert acts[0].after["starts_at"] == right[1][1].isoformat()


def test_a_new_law_moves_what_stands_in_the_time_it_changes_and_nothing_else(world: World, tmp_path: Path) -> None:
    code = world.session(meetings=3, first_day=SATURDAY)
    before = instants(world)
    invited(world, code, "Ida Example")
    with law(tmp_path, SUMMER_ALL_YEAR):
        follow(world)
        first, *others = before
        assert instants(world) == [(1, first[1] - HOUR, first[2] - HOUR, 1), *others]
        assert mailings(world) == [{"zone_law": [1]}]
        write_all_mailings(world)
        (mail,) = queued(world)
        assert "10:00" in letter(mail), "by the clocks of the place it is when it was"
    deliver(world)
    follow(world)
    assert instants(world) == [(1, first[1], first[2], 2), *others], "the law is taken back"


def test_a_time_that_the_clocks_now_skip_becomes_the_first_after_the_gap(world: World, tmp_path: Path) -> None:
    world.session(first_day=SATURDAY, state=SessionState.DRAFT)
    with law(tmp_path, SPRING_AT_TEN):
        follow(world)
        follow(world)
        nine = datetime.combine(SATURDAY, time(9), UTC)
        assert instants(world) == [(1, nine, nine + HOUR / 2, 1)]
        for told in (nine, nine + HOUR):
            assert instant_by_law(SATURDAY, time(10, 59, 59), "Europe/Zurich", told) == (nine, True)
        assert instant_by_law(SATURDAY, time(11), "Europe/Zurich", nine) == (nine, False)
    with world.app.app_context():
        (act,) = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "zone law followed"))
    assert act.after["is_skipped"]
    assert mailings(world) == []


@pytest.mark.parametrize("is_later", [False, True])
def test_either_reading_of_a_time_shown_twice_stays_as_it_was_chosen(world: World, is_later: bool) -> None:
    world.session(first_day=LAST_SUNDAY_OF_OCTOBER)
    start = datetime.combine(LAST_SUNDAY_OF_OCTOBER, time(0, 30), UTC) + is_later * HOUR
    with world.app.app_context(), unit_of_work():
        meeting = db.session.scalars(select(Meeting)).one()
        meeting.wall_start, meeting.wall_end = time(2, 30), time(3, 15)
        meeting.starts_at, meeting.ends_at = start, datetime.combine(start, time(2, 15), UTC)
    before = instants(world)
    follow(world)
    assert instants(world) == before
    assert mailings(world) == []


def test_what_is_over_or_has_no_hours_stays_and_what_is_not_published_moves_in_silence(world: World) -> None:
    ahead = today() + timedelta(days=9)
    for code, changes in {
        "A-DRAFT": {"state": SessionState.DRAFT},
        "B-CANCELLED": {"state": SessionState.CANCELLED},
        "C-MEETING": {},
        "D-PAST": {"first_day": today() - timedelta(days=9)},
        "E-DELIVERED": {"state": SessionState.DELIVERED},
        "F-NIGHT": {},
    }.items():
        world.session(code, **{"first_day": ahead, **changes})
        world.registration_link(code, world.person(code))
    with world.app.app_context(), unit_of_work():
        sessions = {session.code: session for session in db.session.scalars(select(TrainingSession))}
        sessions["C-MEETING"].meetings[0].state = MeetingState.CANCELLED
        night = sessions["F-NIGHT"].meetings[0]
        night.wall_start, night.wall_end = time(23, 30), time(0, 30)
        night.starts_at = instant_by_law(ahead, time(23, 30), night.zone, night.starts_at)[0]
        night.ends_at = night.starts_at + HOUR
    right = instants(world)
    put_off(world, 1)
    wrong = instants(world)
    follow(world)
    moved = [(*each[:3], 1) for each in right]
    assert instants(world) == [*moved[:3], *wrong[3:5], moved[5]]
    assert mailings(world) == [{"zone_law": [1]}], "of the one across midnight, published and ahead"
    with statements_of(world.app) as seen:
        follow(world)
    assert len(seen) <= 3, seen
