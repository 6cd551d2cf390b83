"""Two steps on one registration at once: each is decided on what stands once the session is held."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.world import World, person_of
from trainapp.accounts.links import issue_link
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.events import AddressConfirmed
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations import decisions, service
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.queries import seats_taken
from trainapp.registrations.substitutes import substitute_by_link
from trainapp.registrations.waiting_list import release_overdue_seats
from trainapp.scheduling.models import Meeting, RegistrationPolicy, SessionState, TrainingSession
from trainapp.scheduling.queries import session_by_code

pytestmark = pytest.mark.causes_mails

CODE = "2027-ST26-EN-01"
OTHER = "2027-ST26-EN-02"
PATIENCE_SECONDS = 1
Race = Callable[[Callable[[], object], Callable[[], object]], None]


def details(name: str) -> service.Details:
    return service.Details(name, f"{name}@example.org", "en", "UTC", None)


def the_session() -> TrainingSession:
    return db.session.scalars(select(TrainingSession).where(TrainingSession.code == CODE)).one()


def found(name: str) -> Registration:
    return db.session.scalars(select(Registration).where(Registration.name == name)).one()


def arrive(app: Flask, *names: str, overdue: bool = False) -> str:
    """Register people in order; gives the link of the first, whose hold may have run out."""
    with app.app_context():
        for name in names:
            with unit_of_work():
                service.register(the_session(), details(name))
        with unit_of_work():
            first = found(names[0])
            if overdue:
                first.held_until = now() - timedelta(hours=1)
            return issue_link(first.person, f"registration:{first.id}")


@pytest.fixture
def race(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Race:
    """Run one step, and another whole one between its first look and its lock (SQLite lets it wait its turn)."""

    def run(step: Callable[[], object], meanwhile: Callable[[], object]) -> None:
        lock = service.lock_session
        threads: list[threading.Thread] = []

        def other() -> None:
            with app.app_context(), suppress(DomainError), unit_of_work():
                meanwhile()

        def lock_late(session_id: int) -> TrainingSession:
            if not threads:
                threads.append(threading.Thread(target=other))
                threads[0].start()
                threads[0].join(PATIENCE_SECONDS)
            return lock(session_id)

        for rules in (service, decisions):
            monkeypatch.setattr(rules, "lock_session", lock_late)
        with app.app_context(), suppress(DomainError), unit_of_work():  # a refusal is as good an end as any
            step()
        threads[0].join()

    return run


def check_seats(app: Flask) -> None:
    with app.app_context():
        session = the_session()
        assert session.capacity is not None
        assert seats_taken(session) <= session.capacity


def test_a_seat_released_meanwhile_is_not_confirmed(app: Flask, world: World, race: Race) -> None:
    world.session(CODE, capacity=1)
    token = arrive(app, "first", "second", overdue=True)
    race(lambda: service.confirm(token), release_overdue_seats)
    check_seats(app)


def test_an_address_proven_meanwhile_never_makes_a_seat_too_many(app: Flask, world: World, race: Race) -> None:
    world.session(CODE, capacity=1)
    arrive(app, "first", "second", overdue=True)
    with app.app_context():
        person_id = found("first").person_id
    race(lambda: service.confirm_registrations_of(AddressConfirmed(person_id)), release_overdue_seats)
    check_seats(app)


def test_two_presses_of_cancel_take_back_once(app: Flask, world: World, race: Race) -> None:
    world.session(CODE)
    token = arrive(app, "first")
    race(lambda: service.cancel(token), lambda: service.cancel(token))
    cancels = [mail.key for mail in world.mails() if ":CANCEL:" in mail.key]
    assert len(cancels) == 1


def test_a_seat_released_meanwhile_is_not_given_to_a_substitute(app: Flask, world: World, race: Race) -> None:
    world.session(CODE, capacity=1)
    token = arrive(app, "first", "second", overdue=True)
    race(lambda: substitute_by_link(token, details("instead")), release_overdue_seats)
    check_seats(app)


def test_one_seat_goes_to_one_substitute(app: Flask, world: World, race: Race) -> None:
    world.session(CODE, capacity=1)
    token = arrive(app, "first", "second")
    race(lambda: substitute_by_link(token, details("one")), lambda: substitute_by_link(token, details("other")))
    check_seats(app)
    with app.app_context():
        names = set(db.session.scalars(select(Registration.name)))
        assert names in ({"first", "second", "one"}, {"first", "second", "other"})
        assert found("second").state is RegistrationState.WAITLISTED, "nobody jumped the queue, in either direction"


def test_two_who_decide_at_once_give_no_seat_twice(app: Flask, world: World, race: Race) -> None:
    world.session(CODE, capacity=1, policy=RegistrationPolicy.APPROVAL)
    coordinator = world.person("Coordinator Example", role=Role.COORDINATOR)
    arrive(app, "first", "second")

    def approve(name: str) -> None:
        decisions.approve(person_of(coordinator), the_session(), [found(name).public_id])

    race(lambda: approve("first"), lambda: approve("second"))
    check_seats(app)
    with app.app_context():
        assert sorted((found("first").state, found("second").state)) == ["pending", "waitlisted"]


def test_people_who_change_places_between_sessions_do_not_block_each_other(
    app: Flask, world: World, race: Race
) -> None:
    """Both moves hold both sessions, in one order."""
    world.session(CODE, capacity=1)
    world.session(OTHER, capacity=1)
    coordinator = world.person("Coordinator Example", role=Role.COORDINATOR)
    arrive(app, "here")
    with app.app_context(), unit_of_work():
        service.register(session_by_code(OTHER), details("there"))

    def move(name: str, source: str, target: str) -> None:
        decisions.move_to(
            person_of(coordinator), session_by_code(source), [found(name).public_id], session_by_code(target)
        )

    race(lambda: move("here", CODE, OTHER), lambda: move("there", OTHER, CODE))
    with app.app_context():
        held = {code: seats_taken(session_by_code(code)) for code in (CODE, OTHER)}
        assert held == {CODE: 1, OTHER: 1}, "whoever came first waited for the seat that the other gave up"


def test_two_who_confirm_through_different_sessions_do_not_block_each_other(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each proves the address for both sessions: both hold them in one order."""
    codes = (world.session(CODE), world.session(OTHER))
    with app.app_context():
        for code in codes:
            for name in ("amina", "badr"):
                with unit_of_work():
                    service.register(session_by_code(code), details(name))
        by_name = select(Registration).order_by(Registration.name, Registration.session_id)
        with unit_of_work():
            found = db.session.scalars(by_name).all()
            tokens = [issue_link(each.person, f"registration:{each.id}") for each in (found[1], found[2])]
    lock, both_hold = service.lock_session, threading.Barrier(2)

    def lock_slowly(session_id: int) -> TrainingSession:
        session = lock(session_id)
        with suppress(threading.BrokenBarrierError):
            both_hold.wait(PATIENCE_SECONDS)
        return session

    monkeypatch.setattr(service, "lock_session", lock_slowly)
    failures: list[Exception] = []

    def confirm(token: str) -> None:
        try:
            with app.app_context(), unit_of_work():
                service.confirm(token)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=confirm, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with app.app_context():
        assert {each.state for each in db.session.scalars(by_name)} == {RegistrationState.CONFIRMED}


def end_the_session(app: Flask, state: SessionState = SessionState.PUBLISHED) -> None:
    with app.app_context(), unit_of_work():
        the_session().state = state
        for meeting in db.session.scalars(select(Meeting)):
            meeting.starts_at, meeting.ends_at = now() - timedelta(hours=5), now() - timedelta(hours=4)


def test_the_record_of_what_took_place_stands(app: Flask, world: World) -> None:
    world.session(CODE, capacity=1)
    token = arrive(app, "first", "second", overdue=True)
    count = len(world.mails())
    end_the_session(app)
    with app.app_context():
        with unit_of_work():
            release_overdue_seats()
        for step in (service.cancel, service.confirm):
            with pytest.raises(DomainError, match="over"), unit_of_work():
                step(token)
        assert found("first").state is RegistrationState.PENDING
        assert found("second").state is RegistrationState.WAITLISTED
    assert len(world.mails()) == count


def test_what_has_taken_place_stays_in_the_calendar(app: Flask, world: World) -> None:
    world.session(CODE, meetings=3)
    token = arrive(app, "first")
    with app.app_context(), unit_of_work():
        for meeting in the_session().meetings[:2]:
            meeting.starts_at, meeting.ends_at = now() - timedelta(hours=5), now() - timedelta(hours=4)
    with app.app_context(), unit_of_work():
        service.cancel(token)
    assert len([mail for mail in world.mails() if ":CANCEL:" in mail.key]) == 1


def test_one_person_registers_for_a_whole_series(app: Flask, world: World) -> None:
    codes = [world.session(f"2027-ST26-EN-{number:02d}") for number in range(12)]
    with app.app_context():
        for session in db.session.scalars(select(TrainingSession)).all():
            with unit_of_work():
                service.register(session, details("one"))
        assert len(db.session.scalars(select(Registration)).all()) == len(codes)


def test_somebody_who_waits_and_proves_the_address_gets_a_seat_for_good(app: Flask, world: World) -> None:
    world.session(CODE, capacity=1)
    token = arrive(app, "first", "second")
    with app.app_context(), unit_of_work():
        service.confirm_registrations_of(AddressConfirmed(found("second").person_id))
    with app.app_context(), unit_of_work():
        service.cancel(token)
    with app.app_context():
        assert found("second").state is RegistrationState.CONFIRMED
