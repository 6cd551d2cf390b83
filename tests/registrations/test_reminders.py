"""Each person with a seat is reminded once before each meeting, in their language and time, wherever it moves."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select, update

from tests.support.invited import begin_at, deliver, invited, letter, queued
from tests.support.statements import statements_of
from tests.support.world import World
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.timefmt import time_lines
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import MailState
from trainapp.registrations import notices, reminders
from trainapp.registrations.models import Invitation, InvitationMethod, Registration, RegistrationState
from trainapp.registrations.reminders import send_reminders
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession

LATE = timedelta(hours=2)


def soon() -> datetime:
    return now() + timedelta(hours=20)


def remind(world: World) -> list[str]:
    """Let the worker do one round; gives who gets a mail by it."""
    before = {mail.id for mail in world.mails()}
    with world.app.app_context(), unit_of_work():
        send_reminders()
    return [mail.recipient for mail in world.mails() if mail.id not in before]


def change(world: World, model: type, **values: object) -> None:
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(model).values(**values))


def tell_change(world: World) -> None:
    """Tell everybody's calendar what has changed."""
    with world.app.app_context(), unit_of_work():
        for registration in db.session.scalars(select(Registration)):
            notices.tell(registration, "link_again", always=False)


def test_whoever_has_a_seat_is_reminded_once_in_their_own_language_and_time(world: World) -> None:
    code = world.session(meetings=2, join_url="https://meet.example.org/room")
    amal = invited(world, code, "Amal Example", language="ar", zone="Africa/Cairo")
    bob = invited(world, code, "Bob Example", zone="America/Lima", state=RegistrationState.PENDING)
    invited(world, code, "Waits Example", state=RegistrationState.WAITLISTED)
    invited(world, code, "Late Example", ago=LATE)
    begin = soon()
    assert remind(world) == [], "the meetings are weeks away"
    change(world, Meeting, on_date=begin.date())
    with world.app.app_context(), unit_of_work():
        first = db.session.scalars(select(Meeting).where(Meeting.number == 1)).one()
        first.starts_at, first.ends_at = begin, begin + timedelta(hours=1)
    assert remind(world) == [amal, bob], "who was invited when it was already due needs none"
    assert remind(world) == []
    arabic, english = queued(world)
    for mail, zone in ((arabic, "Africa/Cairo"), (english, "America/Lima")):
        said = letter(mail)
        with world.app.app_context():
            lines = time_lines(begin, begin + timedelta(hours=1), zone, ["Europe/Zurich"], mail.language)
        assert all(" ".join(str(line).split()) in said for line in lines), said
        assert "https://meet.example.org/room" in said
        assert "/registrations/" in said
        assert b"text/calendar" not in (mail.content or b"")
        assert mail.holds_secret
    assert (arabic.language, english.language) == ("ar", "en")
    assert "Please confirm your registration" in letter(english)
    assert "Reminder, meeting 1 of 2" in english.subject


def test_a_meeting_that_moves_is_announced_anew_and_its_stale_reminder_never_leaves(world: World) -> None:
    ida = invited(world, world.session(), "Ida Example")
    begin = soon()
    begin_at(world, begin)
    tell_change(world)
    change(world, Invitation, dtstamp=now() - timedelta(days=3))
    deliver(world)
    assert remind(world) == [ida]
    begin_at(world, now() + timedelta(days=9))
    tell_change(world)
    stale, moved = (mail for mail in world.mails() if mail.state is not MailState.SENT)
    assert (stale.kind, stale.state) == ("registrations.reminder", MailState.SUPERSEDED)
    assert moved.state is MailState.QUEUED
    deliver(world)
    assert remind(world) == []
    begin_at(world, begin)
    tell_change(world)
    assert remind(world) == [], "they have just been told"
    change(world, Invitation, dtstamp=now() - timedelta(days=3))
    assert remind(world) == [ida]
    assert remind(world) == []


@pytest.mark.causes_mails
@pytest.mark.parametrize(
    ("model", "values"),
    [
        (TrainingSession, {"state": SessionState.CANCELLED}),
        (TrainingSession, {"reminder_hours": None}),
        (TrainingSession, {"reminder_hours": 12}),
        (Meeting, {"state": MeetingState.CANCELLED}),
        (Meeting, {"starts_at": None, "ends_at": None}),
        (Registration, {"state": RegistrationState.CANCELLED}),
        (Invitation, {"method": InvitationMethod.CANCEL}),
    ],
)
def test_nobody_is_reminded_of(world: World, model: type, values: dict[str, object]) -> None:
    ida = invited(world, world.session(), "Ida Example")
    begin = soon()
    change(world, Meeting, starts_at=begin, ends_at=begin + timedelta(hours=1))
    kept = {TrainingSession: ("state", "reminder_hours"), Meeting: ("state", "starts_at", "ends_at")}
    with world.app.app_context():
        row = db.session.scalars(select(model)).one()
        before = {name: getattr(row, name) for name in kept.get(model, tuple(values))}
    change(world, model, **values)
    assert remind(world) == []
    change(world, model, **before)
    assert remind(world) == [ida], "nothing else stood against it"


def test_many_people_are_reminded_in_batches_of_a_fixed_number_of_queries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = world.session()
    people = [invited(world, code, f"Person {number}") for number in range(5)]
    begin = soon()
    change(world, Meeting, starts_at=begin, ends_at=begin + timedelta(hours=1))
    change(world, Invitation, method=InvitationMethod.LISTED)
    monkeypatch.setattr(reminders, "BATCH", 3)
    assert remind(world) == people[:3]
    assert remind(world) == people[3:]
    with world.app.app_context(), unit_of_work(), statements_of(world.app) as seen:
        send_reminders()
    assert len(seen) <= 4, "a round in which there is nothing to do"


def test_two_workers_remind_each_person_once(world: World) -> None:
    code = world.session()
    people = [invited(world, code, f"Person {number}") for number in range(4)]
    begin = soon()
    change(world, Meeting, starts_at=begin, ends_at=begin + timedelta(hours=1))

    def work() -> None:
        with world.app.app_context(), unit_of_work():
            send_reminders()

    workers = [Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [mail.recipient for mail in queued(world)] == people


def test_one_whose_reminder_cannot_be_written_holds_up_nobody(world: World) -> None:
    codes = [world.session("A-1"), world.session("B-1")]
    people = [invited(world, codes[0], name) for name in ("Person 1", "Person 2")]
    later = invited(world, codes[1], "Person 3")
    begin = soon()
    change(world, Meeting, starts_at=begin, ends_at=begin + timedelta(hours=1))
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(Registration).where(Registration.name == "Person 1").values(zone="No/Where"))
    assert remind(world) == [people[1]]
    assert remind(world) == [later], "the meeting whose last reminder fails holds up no other"
    change(world, Registration, zone="Africa/Cairo")
    assert remind(world) == [people[0]]
