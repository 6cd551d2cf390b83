"""Seats held for addresses nobody confirms go to those who wait, and only then."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.queries import person_by_public_id
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.events import AddressConfirmed
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.service import Details, confirm_registrations_of, register
from trainapp.registrations.waiting_list import release_overdue_seats
from trainapp.scheduling.queries import session_by_code

PENDING, CONFIRMED = RegistrationState.PENDING, RegistrationState.CONFIRMED
WAITLISTED, CANCELLED = RegistrationState.WAITLISTED, RegistrationState.CANCELLED


def arrive(world: World, code: str, *names: str) -> None:
    for name in names:
        with world.app.app_context(), unit_of_work():
            session = session_by_code(code)
            assert session is not None
            register(session, Details(name, f"{name}@example.org", "ko", "Asia/Seoul", None))


def let_holds_run_out(world: World) -> None:
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(Registration).values(held_until=now() - timedelta(hours=1)))


def release(world: World) -> None:
    with world.app.app_context(), unit_of_work():
        release_overdue_seats()


def states(world: World) -> list[RegistrationState]:
    with world.app.app_context():
        return list(db.session.scalars(select(Registration.state).order_by(Registration.place)))


def test_a_seat_held_too_long_goes_to_the_next(world: World) -> None:
    code = world.session(capacity=1)
    arrive(world, code, "first", "second")
    release(world)
    assert states(world) == [PENDING, WAITLISTED], "the time has not run out yet"
    let_holds_run_out(world)
    release(world)
    assert states(world) == [CANCELLED, PENDING]
    assert len(world.mails("first@example.org")) == 2
    assert len(world.mails("second@example.org")) == 2
    assert {mail.language for mail in world.mails()} == {"ko"}


def test_nobody_loses_a_seat_that_nobody_waits_for(world: World) -> None:
    code = world.session(capacity=2)
    arrive(world, code, "first", "second")
    let_holds_run_out(world)
    release(world)
    assert states(world) == [PENDING, PENDING]
    assert len(world.mails()) == 2


def test_as_many_seats_are_released_as_people_wait(world: World) -> None:
    code = world.session(capacity=3)
    arrive(world, code, "first", "second", "third", "fourth")
    let_holds_run_out(world)
    release(world)
    assert states(world) == [CANCELLED, PENDING, PENDING, PENDING]
    release(world)
    assert states(world) == [CANCELLED, PENDING, PENDING, PENDING]
    assert len(world.mails()) == 6


def test_a_run_frees_so_many_seats_of_one_session_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainapp.registrations.waiting_list.MOST_RELEASED", 2)
    stuck = world.session("2027-ST26-EN-02", capacity=1)
    arrive(world, stuck, "other", "behind")
    code = world.session("2027-ST26-EN-03", capacity=3)
    arrive(world, code, *(f"first{number}" for number in range(3)), *(f"next{number}" for number in range(3)))
    let_holds_run_out(world)
    left = []
    for _time in range(4):
        release(world)
        left.append(states(world).count(CANCELLED))
    assert left == [1, 3, 4, 4]
    assert len(world.mails()) == 8 + 2 * 4


def test_signing_in_confirms_the_seats_held(world: World) -> None:
    code = world.session(capacity=1)
    person = world.person("First Example", email="first@example.org")
    arrive(world, code, "first")
    with world.app.app_context(), unit_of_work():
        found = person_by_public_id(person)
        assert found is not None
        confirm_registrations_of(AddressConfirmed(found.id))
    assert states(world) == [CONFIRMED]
    assert len(world.mails()) == 1


@pytest.mark.causes_mails
def test_who_waits_keeps_the_order_of_arrival(client: CheckingClient, world: World) -> None:
    code = world.session(capacity=2)
    names = [f"person{number}" for number in range(6)]
    arrive(world, code, *names)
    with world.app.app_context():
        people = db.session.scalars(select(Registration).order_by(Registration.place))
        assert [registration.name for registration in people] == names
    assert states(world) == [PENDING] * 2 + [WAITLISTED] * 4
