"""The slot finder against an oracle written apart from it, on random sides, weeks, holidays, zones and clocks."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.slot_oracle import Oracle, broken_at_office, broken_for_trainer, discomfort
from trainapp.scheduling.slot_finder import find_slots
from trainapp.scheduling.slot_ranking import BRIDGE, BROKEN, CHOICE, CLOCKS_CHANGE, LATER, MOST_CHOICE, weight_of
from trainapp.scheduling.slot_terms import (
    AskedHours,
    BlockerKind,
    Condition,
    FoundSlot,
    OfficeWeek,
    Pattern,
    Reason,
    ReasonKind,
    Search,
    TrainerWeek,
)
from trainapp.scheduling.spans import Span

ALL = 100_000
DAY = timedelta(days=1)
# Days around which clocks change: forward, back, at midnight, by half an hour, for Ramadan, on both sides of the line.
CHANGES = (
    date(2027, 3, 28),
    date(2027, 10, 31),
    date(2027, 3, 14),
    date(2027, 4, 4),
    date(2027, 2, 7),
    date(2027, 4, 30),
)
ZONES = (
    "Europe/Zurich",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Pacific/Apia",
    "Pacific/Honolulu",
    "UTC",
)
WEEKENDS = ((6, 7), (5, 6), (5,), (5, 7), (4, 5), ())
HOURS = st.tuples(st.integers(0, 9), st.integers(15, 23)).map(lambda pair: (time(pair[0], 30), time(pair[1])))
PAST = st.sampled_from((0, 300, 5000))


@st.composite
def spans_near(draw: st.DrawFn, first: date, most: int, longest_hours: int) -> tuple[Span, ...]:
    """Some times in the days after a date, apart from each other."""
    midnight = datetime.combine(first - DAY, time(), UTC)
    hours = draw(st.lists(st.tuples(st.integers(0, 14 * 24), st.integers(1, longest_hours)), max_size=most))
    spans: list[Span] = []
    for begins, lasts in sorted(hours):
        start = midnight + timedelta(hours=begins)
        if not spans or spans[-1].ends_at < start:
            spans.append(Span(start, start + timedelta(hours=lasts)))
    return tuple(spans)


@st.composite
def offices(draw: st.DrawFn, first: date, number: int) -> OfficeWeek:
    asked = st.builds(
        AskedHours,
        st.frozensets(st.integers(1, 7), max_size=5),
        st.none() | st.just(time(8)),
        st.none() | st.integers(12, 22).map(time),
    )
    start, end = draw(HOURS)
    return OfficeWeek(
        code=f"O{number}",
        zone=draw(st.sampled_from(ZONES)),
        weekend=frozenset(draw(st.sampled_from(WEEKENDS))),
        holidays=frozenset(draw(st.lists(st.integers(-1, 12).map(lambda days: first + days * DAY), max_size=2))),
        work_start=start,
        work_end=end,
        asked=tuple(draw(st.lists(asked, max_size=2))) if draw(st.booleans()) else (),
        busy=draw(spans_near(first, 2, 5)),
        past_late_minutes=draw(PAST),
    )


@st.composite
def trainers(draw: st.DrawFn, first: date, number: int) -> TrainerWeek:
    always = (Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)),)
    spans = draw(st.just(always) | spans_near(first, 12, 30))
    return TrainerWeek(number, draw(st.sampled_from(ZONES)), spans, draw(spans_near(first, 2, 8)), draw(PAST))


@st.composite
def searches(draw: st.DrawFn, *, most_relaxed: int = 4) -> Search:
    first = draw(st.sampled_from(CHANGES)) - draw(st.integers(0, 5)) * DAY
    return Search(
        zone=draw(st.sampled_from(ZONES)),
        first=first,
        last=first + draw(st.integers(2, 11)) * DAY,
        meetings=draw(st.sampled_from((2, 3, 1, 4))),
        minutes=draw(st.sampled_from((30, 45, 90, 240, 480))),
        pattern=draw(st.sampled_from(Pattern)),
        offices=tuple(draw(offices(first, number)) for number in range(draw(st.sampled_from((2, 1, 3, 0))))),
        trainers=tuple(draw(trainers(first, number)) for number in range(1, draw(st.sampled_from((2, 1, 3, 0))) + 1)),
        not_before=datetime.combine(first, time(), UTC) + timedelta(hours=draw(st.sampled_from((-30, -30, 5, 40)))),
        relaxed=draw(st.frozensets(st.sampled_from(Condition), max_size=most_relaxed)),
        step_minutes=draw(st.sampled_from((90, 120))),
    )


def starts_of(slot: FoundSlot) -> tuple[datetime, ...]:
    return tuple(span.starts_at for span in slot.meetings)


@given(search=searches())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_finds_every_slot_there_is_and_no_other(search: Search) -> None:
    expected = Oracle(search).slots(search.relaxed)
    result = find_slots(search, most=ALL)
    assert result.feasible_count == len(result.slots) == len(expected)
    assert {starts_of(slot): set(slot.trainers) for slot in result.slots} == expected
    lasting = timedelta(minutes=search.minutes)
    assert all(span.ends_at - span.starts_at == lasting for slot in result.slots for span in slot.meetings)


@given(search=searches(most_relaxed=7))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_every_reason_is_a_fact_and_every_fact_is_told(search: Search) -> None:
    result = find_slots(search)
    assume(result.slots)
    for slot in result.slots:
        assert {_flat(reason) for reason in slot.reasons} == set(_facts(search, slot))
        assert [reason.is_for for reason in slot.reasons] == sorted(
            (reason.is_for for reason in slot.reasons), reverse=True
        )


def _flat(reason: Reason) -> tuple[object, ...]:
    starts = tuple(span.starts_at for span in reason.meetings)
    who = reason.office or tuple(sorted(reason.trainers)) or reason.zone
    return reason.kind, who, starts, reason.days, reason.minutes


def _facts(search: Search, slot: FoundSlot) -> Iterable[tuple[object, ...]]:
    """What somebody with clocks and calendars would say of a slot."""
    told = list(_office_facts(search, slot))
    yield from told
    if search.offices and not {kind for kind, *_rest in told} & {
        ReasonKind.WEEKEND,
        ReasonKind.HOLIDAY,
        ReasonKind.OFFICE_HOURS,
    }:
        yield ReasonKind.INSIDE_HOURS, None, (), (), 0
    if any(office.asked for office in search.offices) and ReasonKind.HOURS_ASKED not in {each[0] for each in told}:
        yield ReasonKind.INSIDE_ASKED, None, (), (), 0
    yield from _trainer_facts(search, slot)
    yield from _clock_facts(search, slot)


def _minutes(search: Search, start: datetime) -> list[datetime]:
    return [start + timedelta(minutes=number) for number in range(search.minutes)]


def _office_facts(search: Search, slot: FoundSlot) -> Iterable[tuple[object, ...]]:
    for office in search.offices:
        broken = {start: broken_at_office(office, _minutes(search, start)) for start in starts_of(slot)}
        local = {
            start: {each.astimezone(ZoneInfo(office.zone)).date() for each in _minutes(search, start)}
            for start in broken
        }
        for condition in Condition:
            starts = tuple(start for start in broken if condition in broken[start])
            touched = sorted(set().union(*(local[start] for start in starts)))
            days: list[date] = []
            if condition is Condition.WEEKEND:
                days = [day for day in touched if day.isoweekday() in office.weekend]
            if condition is Condition.HOLIDAY:
                days = [day for day in touched if day in office.holidays]
            if starts:
                yield ReasonKind(condition.value), office.code, starts, tuple(days), 0
        off = {day for start in local for near in local[start] for day in (near - DAY, near, near + DAY)}
        off = {day for day in off if day in office.holidays or day.isoweekday() in office.weekend}
        bridges = {
            day
            for days in local.values()
            for day in days
            if day not in off and {day - DAY, day + DAY} <= off and {day - DAY, day + DAY} & office.holidays
        }
        if bridges:
            starts = tuple(start for start in local if local[start] & bridges)
            yield ReasonKind.BRIDGE_DAY, office.code, starts, tuple(sorted(bridges)), 0
        yield from _discomfort_facts(search, slot, office.code, office.zone)


def _discomfort_facts(search: Search, slot: FoundSlot, who: object, zone: str) -> Iterable[tuple[object, ...]]:
    minutes = {start: discomfort(_minutes(search, start), zone) for start in starts_of(slot)}
    if any(minutes.values()):
        starts = tuple(start for start in minutes if minutes[start])
        yield ReasonKind.INCONVENIENT, who, starts, (), sum(minutes.values())


def _trainer_facts(search: Search, slot: FoundSlot) -> Iterable[tuple[object, ...]]:
    weeks = {week.id: week for week in search.trainers}
    if not slot.trainers:
        yield ReasonKind.NO_TRAINER, None, (), (), 0
        return
    free = []
    for number in slot.trainers:
        broken = {start: broken_for_trainer(weeks[number], _minutes(search, start)) for start in starts_of(slot)}
        free += [] if any(broken.values()) else [number]
        for condition in Condition:
            if starts := tuple(start for start in broken if condition in broken[start]):
                yield ReasonKind(condition.value), (number,), starts, (), 0
    if free:
        yield ReasonKind.TRAINERS_FREE, tuple(sorted(free)), (), (), 0
    first = weeks[slot.trainers[0]]
    yield from _discomfort_facts(search, slot, (first.id,), first.zone)


def _clock_facts(search: Search, slot: FoundSlot) -> Iterable[tuple[object, ...]]:
    zones = {office.zone for office in search.offices}
    zones |= {week.zone for week in search.trainers if week.id in slot.trainers[:1]}
    for zone in zones:
        walls = [start.astimezone(ZoneInfo(zone)).time() for start in starts_of(slot)]
        changed = [number for number in range(1, len(walls)) if walls[number] != walls[number - 1]]
        if changed:
            yield ReasonKind.CLOCKS_CHANGE, zone, tuple(starts_of(slot)[number] for number in changed), (), 0


@given(search=searches(most_relaxed=7))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_score_is_what_its_reasons_say(search: Search) -> None:
    result = find_slots(search, most=40)
    assume(result.slots)
    for slot in result.slots:
        first = slot.meetings[0].starts_at.astimezone(ZoneInfo(search.zone)).date()
        points = LATER * (first - search.first).days + sum(_points(slot, reason) for reason in slot.reasons)
        points -= CHOICE * min(max(len(slot.trainers) - 1, 0), MOST_CHOICE)
        assert slot.score == pytest.approx(-points, abs=0.051)


def _points(slot: FoundSlot, reason: Reason) -> float:
    if (
        reason.is_for
        or reason.kind is ReasonKind.NO_TRAINER
        or (reason.trainers and reason.trainers[0] != slot.trainers[0])
    ):
        return 0
    if reason.kind is ReasonKind.CLOCKS_CHANGE:
        return CLOCKS_CHANGE
    if reason.kind is ReasonKind.INCONVENIENT:
        return weight_of(reason.past_minutes) * reason.minutes / len(slot.meetings)
    each = BRIDGE if reason.kind is ReasonKind.BRIDGE_DAY else BROKEN[Condition(reason.kind.value)]
    return each * len(reason.meetings) / len(slot.meetings)


@given(search=searches())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_the_best_of_each_day_come_first(search: Search) -> None:
    result = find_slots(search, most=ALL)
    assume(result.slots)
    zone = ZoneInfo(search.zone)
    before: dict[date, list[float]] = {}
    rounds = []
    for slot in result.slots:
        on_day = before.setdefault(slot.meetings[0].starts_at.astimezone(zone).date(), [])
        rounds.append((len(on_day), -slot.score, starts_of(slot)))
        assert not on_day or slot.score <= on_day[-1]
        on_day.append(slot.score)
    assert rounds == sorted(rounds)
    assert find_slots(search, most=3).slots == result.slots[:3]


@given(search=searches(most_relaxed=2))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_where_there_is_none_it_says_what_would_help(search: Search) -> None:
    result = find_slots(search)
    assume(not result.slots)
    oracle = Oracle(search)
    assert {frozenset(each.conditions): each.count for each in result.relaxations} == oracle.helpful(most=3)
    for each in result.relaxations:
        relaxed = replace(search, relaxed=search.relaxed | set(each.conditions))
        assert each.best in find_slots(relaxed, most=ALL).slots
        assert each.best.score == max(slot.score for slot in find_slots(relaxed, most=ALL).slots)


@given(search=searches(most_relaxed=2))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_who_is_said_to_leave_no_slot_leaves_none(search: Search) -> None:
    result = find_slots(search)
    assume(result.blockers)
    nobody = replace(search, trainers=(), relaxed=search.relaxed | {Condition.TRAINER_HOURS, Condition.TRAINER_BUSY})
    for blocker in result.blockers:
        weeks = tuple(office for office in search.offices if office.code in blocker.offices)
        if blocker.kind is BlockerKind.OFFICE_AND_TRAINERS:
            assert not Oracle(replace(search, offices=weeks)).slots(search.relaxed)
        elif blocker.kind is BlockerKind.NO_TRAINER:
            assert not search.trainers
        elif blocker.kind is BlockerKind.TRAINERS:
            assert search.trainers
            assert not Oracle(search).slots(search.relaxed | set(tuple(Condition)[2:5]))
        else:
            left = replace(nobody, offices=weeks)
            assert not Oracle(left).slots(left.relaxed)
            if not weeks:
                assert not Oracle(left).slots(set(Condition))


NOTHING_OF_TRAINERS = frozenset({Condition.TRAINER_HOURS, Condition.TRAINER_BUSY})


def search_of(*weeks: OfficeWeek, zone: str, first: date, last: date, **changes: Any) -> Search:
    """One meeting of an hour, on any day, whoever teaches it."""
    values: dict[str, Any] = {
        "meetings": 1,
        "minutes": 60,
        "pattern": Pattern.ANY,
        "trainers": (),
        "not_before": datetime(2027, 1, 1, tzinfo=UTC),
        "relaxed": NOTHING_OF_TRAINERS,
        **changes,
    }
    return Search(zone=zone, first=first, last=last, offices=weeks, **values)


def walls_found(search: Search) -> list[tuple[time, datetime]]:
    """The wall times and instants at which a slot can begin."""
    starts = sorted(slot.meetings[0].starts_at for slot in find_slots(search, most=ALL).slots)
    return [(start.astimezone(ZoneInfo(search.zone)).time(), start) for start in starts]


def test_an_hour_that_the_clocks_skip_is_no_start() -> None:
    change = date(2027, 3, 28)
    walls = [wall for wall, _start in walls_found(search_of(zone="Europe/Zurich", first=change, last=change))]
    assert len(walls) == 46
    assert not {time(2), time(2, 30)} & set(walls)


def test_an_hour_that_the_clocks_show_twice_is_taken_once_the_first_time() -> None:
    change = date(2027, 10, 31)
    found = dict(walls_found(search_of(zone="Europe/Zurich", first=change, last=change)))
    assert len(found) == 48
    assert found[time(2, 30)] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert found[time(3)] == datetime(2027, 10, 31, 2, tzinfo=UTC)


@pytest.mark.parametrize(("days_apart", "count"), [(20, 48), (21, 0)])
def test_meetings_on_any_days_lie_within_three_weeks(days_apart: int, count: int) -> None:
    first = date(2027, 6, 1)
    between = frozenset(first + number * DAY for number in range(1, days_apart))
    week = OfficeWeek("O1", "UTC", frozenset(), between, time(0), time(23, 59))
    last = first + days_apart * DAY
    relaxed = NOTHING_OF_TRAINERS | {Condition.OFFICE_HOURS}
    search = search_of(week, zone="UTC", first=first, last=last, meetings=2, minutes=30, relaxed=relaxed)
    assert find_slots(search).feasible_count == count


def test_a_period_that_ends_before_it_begins_has_no_time_left() -> None:
    search = search_of(zone="UTC", first=date(2027, 3, 2), last=date(2027, 3, 1))
    assert [each.kind for each in find_slots(search).blockers] == [BlockerKind.NO_TIME_LEFT]


def test_a_side_that_had_the_late_hours_is_spared_the_next() -> None:
    """Between Zurich and Tokyo an hour is early here or late there: half past nine is half past four."""

    def week(code: str, zone: str, past: int) -> OfficeWeek:
        weekend = frozenset({6, 7})
        return OfficeWeek(code, zone, weekend, frozenset(), time(7), time(19), past_late_minutes=past)

    def best(past_in_tokyo: int, past_in_zurich: int) -> list[tuple[str | None, int]]:
        sides = week("JP", "Asia/Tokyo", past_in_tokyo), week("CH", "Europe/Zurich", past_in_zurich)
        search = search_of(*sides, zone="Europe/Zurich", first=date(2027, 6, 7), last=date(2027, 6, 11))
        reasons = find_slots(search).slots[0].reasons
        return [(each.office, each.minutes) for each in reasons if each.kind is ReasonKind.INCONVENIENT]

    assert best(past_in_tokyo=1200, past_in_zurich=0) == [("CH", 60)]
    assert best(past_in_tokyo=0, past_in_zurich=1200) == [("JP", 60)]
