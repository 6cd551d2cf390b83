"""An office's share of the seats, its reserve, and the time to confirm a seat that became free."""

from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.invited import letter
from tests.support.seats import (
    APPLIED,
    CANCELLED,
    CONFIRMED,
    PENDING,
    WAITLISTED,
    SeatOracle,
    actor,
    details,
    link_of,
    public_ids,
    registration_named,
    states_of,
    the_session,
)
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.events import AddressConfirmed
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations import service
from trainapp.registrations.decisions import approve, decline
from trainapp.registrations.models import SEATED, Registration
from trainapp.registrations.queries import is_full, is_on_reserve, position_on_waiting_list
from trainapp.registrations.waiting_list import release_overdue_seats
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession
from trainapp.scheduling.queries import first_start

OFFICES = st.sampled_from([None, "EG", "KE"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), OFFICES),
        st.tuples(st.just("go"), st.integers(0, 9)),
        st.tuples(st.just("decline"), st.integers(0, 9)),
        st.tuples(st.just("approve"), st.integers(0, 9)),
    ),
    min_size=4,
    max_size=14,
)
numbers = count()


def arrive(world: World, code: str, *people: tuple[str, str | None]) -> None:
    for name, office in people:
        with world.app.app_context(), unit_of_work():
            service.register(the_session(code), details(name, office))


def leave(world: World, code: str, name: str) -> None:
    with world.app.app_context(), unit_of_work():
        service.cancel(link_of(registration_named(code, name)))


def let_holds_run_out(world: World) -> None:
    with world.app.app_context(), unit_of_work():
        for registration in db.session.scalars(select(Registration).where(Registration.held_until.is_not(None))):
            registration.held_until = now() - timedelta(hours=1)


def release(world: World) -> None:
    with world.app.app_context(), unit_of_work():
        release_overdue_seats()


def test_more_people_of_an_office_wait_though_seats_are_free(world: World) -> None:
    code = world.session(capacity=4, seats_per_office=1)
    arrive(world, code, ("amina", "EG"), ("badr", "EG"), ("kamau", "KE"), ("noor", "EG"), ("free", None))
    assert [*states_of(world, code).values()] == [PENDING, WAITLISTED, PENDING, WAITLISTED, PENDING]
    with world.app.app_context():
        assert not is_full(the_session(code)), "a seat is left, for people of other offices"
        badr, noor = (registration_named(code, name) for name in ("badr", "noor"))
        assert is_on_reserve(badr)
        assert [position_on_waiting_list(each) for each in (badr, noor)] == [1, 2]
    [waits] = world.mails("badr@example.org")
    assert "All seats that your IP office may have" in letter(waits)
    leave(world, code, "amina")
    assert [*states_of(world, code).values()] == [CANCELLED, PENDING, PENDING, WAITLISTED, PENDING]
    assert [mail.kind for mail in world.mails("badr@example.org")] == ["registrations.waiting", "registrations.seat"]
    leave(world, code, "kamau")
    assert states_of(world, code)["noor"] is WAITLISTED, "the seat of another office is not theirs"
    assert {mail.kind for mail in world.mails()} == {
        f"registrations.{kind}" for kind in ("registered", "waiting", "cancelled", "seat")
    }


def test_a_free_seat_passes_over_those_whose_office_has_its_share(world: World) -> None:
    code = world.session(capacity=2, seats_per_office=1)
    arrive(world, code, ("amina", "EG"), ("kamau", "KE"), ("badr", "EG"), ("free", None))
    leave(world, code, "kamau")
    assert states_of(world, code) == {"amina": PENDING, "kamau": CANCELLED, "badr": WAITLISTED, "free": PENDING}
    assert len(world.mails()) == 6


def test_an_overdue_seat_goes_to_who_may_have_it_or_stays(world: World) -> None:
    code = world.session(capacity=2, seats_per_office=1)
    arrive(world, code, ("amina", "EG"), ("kamau", "KE"), ("badr", "EG"))
    let_holds_run_out(world)
    with world.app.app_context(), unit_of_work():
        service.confirm(link_of(registration_named(code, "amina")))
    release(world)
    assert states_of(world, code)["kamau"] is PENDING, "only colleagues of amina wait, and she has confirmed"
    with world.app.app_context(), unit_of_work():
        amina = registration_named(code, "amina")
        amina.state, amina.held_until = PENDING, now() - timedelta(hours=1)
    release(world)
    assert states_of(world, code) == {"amina": CANCELLED, "kamau": PENDING, "badr": PENDING}
    assert len(world.mails()) == 5


def test_who_moves_up_confirms_in_the_time_the_session_gives_else_the_next_does(world: World) -> None:
    code = world.session(capacity=1, confirm_hours=3, hold_hours=48)
    arrive(world, code, ("first", None), ("second", None), ("third", None), ("fourth", None))
    with world.app.app_context(), unit_of_work():
        service.confirm(link_of(registration_named(code, "first")))
        service.confirm(link_of(registration_named(code, "second")))
        service.confirm(link_of(registration_named(code, "third")))
    leave(world, code, "first")
    with world.app.app_context():
        second = registration_named(code, "second")
        assert second.state is PENDING, "the address is proven, but whether they come is not known"
        assert second.held_until is not None
        assert timedelta(hours=2.9) < second.held_until - now() <= timedelta(hours=3)
    [_waiting, seat] = world.mails("second@example.org")
    assert "Please confirm your seat by" in letter(seat)
    release(world)
    assert states_of(world, code)["second"] is PENDING
    let_holds_run_out(world)
    release(world)
    assert [*states_of(world, code).values()] == [CANCELLED, CANCELLED, PENDING, WAITLISTED]
    with world.app.app_context(), unit_of_work():
        service.confirm_registrations_of(AddressConfirmed(registration_named(code, "third").person_id))
    assert states_of(world, code)["third"] is PENDING, "signing in does not say that they come"
    with world.app.app_context(), unit_of_work():
        service.confirm(link_of(registration_named(code, "third")))
    let_holds_run_out(world)
    release(world)
    assert [*states_of(world, code).values()] == [CANCELLED, CANCELLED, CONFIRMED, WAITLISTED]
    assert len(world.mails()) == 8


def test_nobody_loses_a_seat_to_confirm_while_nobody_waits_nor_gets_time_beyond_the_start(world: World) -> None:
    code = world.session(capacity=1, confirm_hours=14 * 24, first_day=(now() + timedelta(days=3)).date())
    arrive(world, code, ("first", None), ("second", None))
    leave(world, code, "first")
    with world.app.app_context():
        assert registration_named(code, "second").held_until == first_start(the_session(code))
    let_holds_run_out(world)
    release(world)
    assert states_of(world, code) == {"first": CANCELLED, "second": PENDING}
    assert len(world.mails()) == 4


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=STEPS, capacity=st.sampled_from([None, 1, 3]), share=st.sampled_from([None, 1, 2]), by_approval=st.booleans()
)
def test_whatever_happens_the_seats_are_held_by_whom_the_rule_names(
    world: World, steps: list[tuple[str, object]], capacity: int | None, share: int | None, by_approval: bool
) -> None:
    policy = RegistrationPolicy.APPROVAL if by_approval else RegistrationPolicy.OPEN
    number = next(numbers)
    code = world.session(f"2027-ST26-EN-{number:04d}", capacity=capacity, seats_per_office=share, policy=policy)
    coordinator = world.person(f"Coordinator {number}", role=Role.COORDINATOR)
    oracle = SeatOracle(capacity, share)
    names: list[str] = []
    with world.app.app_context():
        for step, value in steps:
            with unit_of_work():
                take(code, coordinator, oracle, names, step, value)
            check(code, oracle)
    world.mails()


def take(code: str, coordinator: str, oracle: SeatOracle, names: list[str], step: str, value: object) -> None:
    session = the_session(code)
    if step == "come":
        assert value is None or isinstance(value, str)
        name = f"p{len(names)}-{code[-4:]}"
        names.append(name)
        service.register(session, details(name, value))
        oracle.come(name, value, applies=session.policy is RegistrationPolicy.APPROVAL)
        return
    assert isinstance(value, int)
    if value >= len(names):
        return
    name = names[value]
    if step == "go":
        service.cancel(link_of(registration_named(code, name)))
        oracle.go(name)
    elif step == "decline":
        decline(actor(coordinator), session, public_ids(code, name), "No room.")
        oracle.go(name)
    else:
        approve(actor(coordinator), session, public_ids(code, *names[: value + 1]))
        oracle.approve(names[: value + 1])


def check(code: str, oracle: SeatOracle) -> None:
    query = select(Registration).join(TrainingSession).where(TrainingSession.code == code)
    found = list(db.session.scalars(query.order_by(Registration.place).execution_options(populate_existing=True)))
    assert {each.name for each in found if each.state in SEATED} == set(oracle.seated)
    assert {each.name for each in found if each.state is APPLIED} == set(oracle.applied)
    waiting = [each for each in found if each.state is WAITLISTED]
    assert [each.name for each in waiting] == oracle.line
    assert [position_on_waiting_list(each) for each in waiting] == list(range(1, len(waiting) + 1))
