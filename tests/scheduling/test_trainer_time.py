"""When a trainer works, against a naive oracle; and what they already have."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world import World, person_of
from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import (
    RequestEvent,
    RequestState,
    Slot,
    SlotMeeting,
    Step,
    TrainingRequest,
)
from trainapp.requests.queries import request_by_public_id
from trainapp.scheduling.models import (
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainerException,
    TrainerHours,
    TrainerProfile,
)
from trainapp.scheduling.service import session_by_code
from trainapp.scheduling.trainer_time import Span, busy_times, working_spans

# Days around which clocks change, and a zone that changes them then; Samoa had no 30 December in 2011.
CHANGES = (
    ("Europe/Zurich", date(2027, 3, 28)),
    ("Europe/Zurich", date(2027, 10, 31)),
    ("Africa/Casablanca", date(2027, 2, 7)),
    ("Africa/Casablanca", date(2027, 3, 14)),
    ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2027, 6, 1)),
)
WALLS = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30, 59)))
PAIRS = st.tuples(WALLS, WALLS).filter(lambda pair: pair[0] < pair[1])


def exception(first: date, days: int, hours: tuple[time, time] | None, is_free: bool) -> TrainerException:
    start, end = hours or (None, None)
    return TrainerException(
        first_day=first, last_day=first + timedelta(days=days), from_time=start, to_time=end, is_free=is_free
    )


def profile_in(
    zone: str, hours: Sequence[tuple[int, tuple[time, time]]] = (), exceptions: Sequence[TrainerException] = ()
) -> TrainerProfile:
    return TrainerProfile(
        zone=zone,
        hours=[TrainerHours(weekday=weekday, from_time=pair[0], to_time=pair[1]) for weekday, pair in hours],
        exceptions=list(exceptions),
    )


def shows(pair: tuple[time | None, time | None], wall: time) -> bool:
    first, last = pair[0] or time(), pair[1] or time(23, 59)
    return first <= wall and (wall < last or last == time(23, 59))


def works_at(profile: TrainerProfile, instant: datetime) -> bool:
    """What a person would say who looks at the trainer's calendar and clock."""
    local = instant.astimezone(ZoneInfo(profile.zone))
    bureau = [(time(9), time(17))]
    kept = [(each.from_time, each.to_time) for each in profile.hours if each.weekday == local.isoweekday()]
    if not profile.hours:
        kept = bureau if local.isoweekday() <= 5 else []
    today = [each for each in profile.exceptions if each.first_day <= local.date() <= each.last_day]
    for each in today:
        whole_day = (kept or bureau) if each.from_time is None and each.to_time is None else None
        if each.is_free and any(shows(pair, local.time()) for pair in whole_day or [(each.from_time, each.to_time)]):
            return True
    if any(not each.is_free and shows((each.from_time, each.to_time), local.time()) for each in today):
        return False
    return any(shows(pair, local.time()) for pair in kept)


@given(data=st.data(), change=st.sampled_from(CHANGES))
@settings(max_examples=60, deadline=None)
def test_working_spans_are_what_a_clock_on_the_wall_says(data: st.DataObject, change: tuple[str, date]) -> None:
    zone, near = change
    first = near - timedelta(days=2)
    hours = data.draw(st.lists(st.tuples(st.integers(1, 7), PAIRS), max_size=8))
    exceptions = data.draw(
        st.lists(
            st.builds(
                exception,
                st.integers(0, 4).map(lambda number: first + timedelta(days=number)),
                st.integers(0, 2),
                st.none() | PAIRS,
                st.booleans(),
            ),
            max_size=3,
        )
    )
    profile = profile_in(zone, hours, exceptions)
    spans = working_spans(profile, Person(zone="UTC"), first, first + timedelta(days=4))
    assert all(before.ends_at < after.starts_at for before, after in zip(spans, spans[1:], strict=False))
    assert all(span.starts_at < span.ends_at for span in spans)
    instant = datetime.combine(first - timedelta(days=1), time(), UTC)
    while instant < datetime.combine(first + timedelta(days=6), time(), UTC):
        is_asked = first <= instant.astimezone(ZoneInfo(zone)).date() <= first + timedelta(days=4)
        found = any(span.starts_at <= instant < span.ends_at for span in spans)
        assert found == (is_asked and works_at(profile, instant)), instant.isoformat()
        instant += timedelta(minutes=1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


def test_the_same_wall_hours_before_and_after_the_clocks_change() -> None:
    profile = profile_in("Europe/Zurich", [(weekday, (time(9), time(12))) for weekday in (5, 1)])
    spans = working_spans(profile, Person(zone="UTC"), date(2027, 3, 26), date(2027, 3, 29))
    assert spans == [
        Span(utc(2027, 3, 26, 8), utc(2027, 3, 26, 11)),
        Span(utc(2027, 3, 29, 7), utc(2027, 3, 29, 10)),
    ]


def test_without_a_profile_the_hours_are_the_bureaus_in_the_persons_zone() -> None:
    spans = working_spans(None, Person(zone="Asia/Tokyo"), date(2027, 3, 26), date(2027, 3, 29))
    assert spans == [
        Span(utc(2027, 3, 26, 0), utc(2027, 3, 26, 8)),
        Span(utc(2027, 3, 29, 0), utc(2027, 3, 29, 8)),
    ]


def test_the_last_minute_of_a_day_stands_for_midnight() -> None:
    profile = profile_in("UTC", [(1, (time(22), time(23, 59))), (2, (time(), time(2)))])
    spans = working_spans(profile, Person(zone="UTC"), date(2027, 3, 29), date(2027, 3, 30))
    assert spans == [Span(utc(2027, 3, 29, 22), utc(2027, 3, 30, 2))]


def test_a_day_of_work_inside_an_absence() -> None:
    away = exception(date(2027, 3, 29), 4, None, is_free=False)
    back = exception(date(2027, 3, 31), 0, None, is_free=True)
    spans = working_spans(profile_in("UTC", (), [away, back]), Person(zone="UTC"), date(2027, 3, 29), date(2027, 4, 2))
    assert spans == [Span(utc(2027, 3, 31, 9), utc(2027, 3, 31, 17))]


def test_no_days_no_hours() -> None:
    assert working_spans(None, Person(zone="UTC"), date(2027, 3, 29), date(2027, 3, 28)) == []


AT = (now() + timedelta(days=40)).replace(hour=9, minute=0, second=0)
LATER = AT + timedelta(hours=2)

Offer = Callable[..., str]


@pytest.fixture
def offer(app: Flask, world: World, coordinator: str, trainer: str) -> Offer:
    """A request with one step that offers the trainer's time at `AT`; gives the public id of the request."""

    def make(state: RequestState = RequestState.PROPOSED, step: Step = Step.PROPOSE) -> str:
        asked = world.request("KE", coordinator, state=state)
        add_offer(app, asked, trainer, step)
        return asked

    return make


def add_offer(app: Flask, asked: str, trainer: str, step: Step, starts_at: datetime = AT) -> None:
    with app.app_context(), unit_of_work():
        request = found(asked)
        event = event_of(request, step)
        slot = Slot(position=1, zone="UTC", trainers=[person_of(trainer)])
        slot.meetings = [
            SlotMeeting(
                number=1,
                on_date=starts_at.date(),
                wall_start=starts_at.time(),
                wall_end=(starts_at + timedelta(hours=2)).time(),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
            )
        ]
        event.slots = [slot]


def event_of(request: TrainingRequest, step: Step) -> RequestEvent:
    event = RequestEvent(person=request.entered_by, step=step, from_state=None, to_state=request.state)
    request.events.append(event)
    db.session.flush()
    return event


def found(asked: str) -> TrainingRequest:
    request = request_by_public_id(asked)
    assert request is not None
    return request


def busy_codes(trainer: str, **changes: object) -> list[str]:
    db.session.rollback()  # a new look at what others wrote
    person = person_of(trainer)
    busy = busy_times([person.id], AT - timedelta(days=20), AT + timedelta(days=20), **changes)  # type: ignore[arg-type]
    return [f"{each.kind} {each.code}" for each in busy[person.id]]


def test_meetings_of_sessions_take_time_unless_cancelled_or_declined(
    app: Flask, context: None, world: World, trainer: str
) -> None:
    world.session("A-1", trainer=trainer, meetings=2)
    world.session("A-2", trainer=trainer, state=SessionState.DRAFT)
    world.session("A-3", trainer=trainer, state=SessionState.CANCELLED)
    world.session("A-4", trainer=trainer)
    with app.app_context(), unit_of_work():
        declined = session_by_code("A-4")
        row = db.session.get(SessionTrainer, (declined.id, declined.trainers[0].id))
        assert row is not None
        row.state = TeachingState.DECLINED
    assert busy_codes(trainer) == ["meeting A-1", "meeting A-2", "meeting A-1"]
    first = session_by_code("A-1").id
    assert busy_codes(trainer, except_session=first) == ["meeting A-2"]


def test_an_offered_slot_holds_time_until_it_is_answered(app: Flask, context: None, trainer: str, offer: Offer) -> None:
    asked = offer()
    assert [each.split()[0] for each in busy_codes(trainer)] == ["held"]
    assert busy_codes(trainer, except_requests=[found(asked).id]) == []
    add_offer(app, asked, trainer, Step.COUNTER, AT + timedelta(days=1))
    db.session.rollback()
    person = person_of(trainer)
    held = busy_times([person.id], AT, LATER + timedelta(days=5))[person.id]
    assert [each.span.starts_at for each in held] == [AT + timedelta(days=1)], "the newest offer stands alone"
    with app.app_context(), unit_of_work():
        found(asked).state = RequestState.IN_REVIEW
    assert busy_codes(trainer) == []


def test_the_agreed_slot_holds_time_until_a_session_takes_its_place(
    app: Flask, context: None, world: World, trainer: str, offer: Offer
) -> None:
    asked = offer(RequestState.AGREED)
    assert busy_codes(trainer) == [], "offered, but not the one that was agreed to"
    with app.app_context(), unit_of_work():
        request = found(asked)
        offered = request.events[-1].slots[0]
        offered.chosen_by = event_of(request, Step.AGREE)
        code = request.code
    assert busy_codes(trainer) == [f"held {code}"]
    world.session("A-1", trainer=trainer, state=SessionState.DRAFT)
    with app.app_context(), unit_of_work():
        session = session_by_code("A-1")
        session.requests = [found(asked)]
        session.meetings[0].starts_at, session.meetings[0].ends_at = AT, LATER
    assert busy_codes(trainer) == ["meeting A-1"]


def test_the_queries_do_not_grow_with_what_trainers_have(
    app: Flask, context: None, world: World, queries: list[str], trainer: str, offer: Offer
) -> None:
    world.session("A-0", trainer=trainer)
    offer()
    busy_codes(trainer)
    queries.clear()
    assert len(busy_codes(trainer)) == 2
    few = len(queries)
    for number in range(1, 12):
        world.session(f"A-{number}", trainer=trainer, subjects=["NICE", "IPC"])
        offer()
    queries.clear()
    assert len(busy_codes(trainer)) == 24
    assert len(queries) == few
    assert busy_times([], AT, LATER) == {}
