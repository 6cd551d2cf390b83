"""What the slot finder looks for comes from the database, and what it finds is told in words: offices as they are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.world import World, person_of
from trainapp.catalogue.models import Subject
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES, speaking
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.clashes import office_clashes
from trainapp.offices.models import Office
from trainapp.requests.models import TrainingRequest
from trainapp.requests.slots import weekly_hours_of
from trainapp.scheduling import slot_search
from trainapp.scheduling.models import TrainerProfile, TrainingSession
from trainapp.scheduling.slot_finder import find_slots
from trainapp.scheduling.slot_search import SlotWish, search_for
from trainapp.scheduling.slot_terms import (
    Blocker,
    BlockerKind,
    Condition,
    FoundSlot,
    Pattern,
    Reason,
    ReasonKind,
    Relaxation,
    Result,
    Search,
)
from trainapp.scheduling.slot_words import Parties, against, blocker_text, in_favour, relaxation_text
from trainapp.scheduling.spans import Span

NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)
ALL = 100_000
ZURICH = "Europe/Zurich"


@pytest.fixture(autouse=True)
def at_new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holidays and changing clocks are those of 2027, whenever this is run."""
    monkeypatch.setattr(slot_search, "now", lambda: NEW_YEAR)
    monkeypatch.setattr(slot_search, "today", NEW_YEAR.date)


def wish(first: date, last: date, **changes: Any) -> SlotWish:
    values = {"meetings": 1, "minutes": 60, "pattern": Pattern.CONSECUTIVE, "zone": ZURICH, **changes}
    return SlotWish(first=first, last=last, **values)


class Desk:
    """A coordinator with one request for each of some offices."""

    def __init__(self, app: Flask, world: World, coordinator: str) -> None:
        self._app, self._world, self._coordinator = app, world, coordinator

    def ask(self, *offices: str, **changes: Any) -> list[str]:
        return [self._world.request(office, self._coordinator, **changes) for office in offices]

    def search(self, asked: Sequence[str], wanted: SlotWish) -> Search:
        with self._app.app_context():
            return search_for(requests_of(asked), wanted)

    def find(self, office: str, wanted: SlotWish) -> Result:
        """Every slot for one office that says nothing of its hours."""
        return find_slots(self.search(self.ask(office), wanted), most=ALL)


def requests_of(public_ids: Sequence[str]) -> list[TrainingRequest]:
    query = select(TrainingRequest).where(TrainingRequest.public_id.in_(public_ids)).order_by(TrainingRequest.id)
    return list(db.session.scalars(query))


@pytest.fixture
def desk(app: Flask, world: World, coordinator: str) -> Desk:
    return Desk(app, world, coordinator)


@pytest.fixture
def geneva(world: World) -> str:
    """A trainer of the bureau, who keeps its hours and teaches everything."""
    return world.person("Trainer Example", role=Role.TRAINER, zone=ZURICH)


def local(slot: FoundSlot, zone: str) -> list[datetime]:
    return [span.starts_at.astimezone(ZoneInfo(zone)) for span in slot.meetings]


def weekdays(result: Result, zone: str) -> set[tuple[int, ...]]:
    return {tuple(start.isoweekday() for start in local(slot, zone)) for slot in result.slots}


@pytest.mark.usefixtures("geneva")
def test_egypt_and_geneva_skip_a_weekend_of_three_days(desk: Desk) -> None:
    """Friday and Saturday there, Saturday and Sunday here: after Thursday comes Monday."""
    result = desk.find("EG", wish(date(2027, 2, 1), date(2027, 2, 28), meetings=3, minutes=90))
    assert weekdays(result, "Africa/Cairo") == {(1, 2, 3), (2, 3, 4), (3, 4, 1), (4, 1, 2)}
    relaxed = frozenset({Condition.TRAINER_HOURS})
    alone = desk.find("EG", wish(date(2027, 2, 1), date(2027, 2, 28), meetings=3, minutes=90, relaxed=relaxed))
    assert weekdays(alone, "Africa/Cairo") == {(1, 2, 3), (2, 3, 4), (3, 4, 7), (4, 7, 1), (7, 1, 2)}


def test_iran_keeps_its_new_year(desk: Desk, world: World) -> None:
    """No meeting on Friday, nor on the days of Nowruz; half past nine in Zurich is noon there."""
    world.person("Trainer Example", role=Role.TRAINER, zone="Asia/Tehran")
    relaxed = frozenset({Condition.TRAINER_HOURS})
    result = desk.find("IR", wish(date(2027, 3, 15), date(2027, 4, 4), relaxed=relaxed))
    found = {start.date() for slot in result.slots for start in local(slot, "Asia/Tehran")}
    assert found
    assert {day.isoweekday() for day in found} == {1, 2, 3, 4, 6, 7}
    assert not found & {date(2027, 3, 21), date(2027, 3, 22), date(2027, 3, 23), date(2027, 3, 24)}
    assert date(2027, 3, 17) in found


@pytest.mark.usefixtures("geneva")
def test_brunei_works_on_saturday_but_not_on_friday_or_sunday(desk: Desk) -> None:
    relaxed = frozenset({Condition.TRAINER_HOURS})
    result = desk.find("BN", wish(date(2027, 6, 14), date(2027, 6, 27), zone="Asia/Brunei", relaxed=relaxed))
    assert weekdays(result, "Asia/Brunei") == {(1,), (2,), (3,), (4,), (6,)}
    without = desk.find("BN", wish(date(2027, 6, 14), date(2027, 6, 27), zone="Asia/Brunei"))
    assert weekdays(without, "Asia/Brunei") == {(1,), (2,), (3,), (4,)}


@pytest.mark.usefixtures("geneva")
def test_nepal_is_a_quarter_of_an_hour_off(desk: Desk) -> None:
    """A round hour in Zurich is a quarter or three quarters there; it fits from nine here to five there."""
    result = desk.find("NP", wish(date(2027, 1, 18), date(2027, 1, 22)))
    starts = sorted({start.time() for slot in result.slots for start in local(slot, "Asia/Kathmandu")})
    assert {start.minute for start in starts} == {15, 45}
    assert (starts[0], starts[-1]) == (time(13, 45), time(15, 45))


def test_samoa_and_honolulu_meet_on_two_dates(desk: Desk, world: World) -> None:
    """One hour apart by the clock and a day by the calendar: Tuesday in Apia is Monday in Honolulu."""
    world.person("Trainer Example", role=Role.TRAINER, zone="Pacific/Honolulu")
    result = desk.find("WS", wish(date(2027, 2, 1), date(2027, 2, 14), zone="Pacific/Apia", meetings=2))
    assert weekdays(result, "Pacific/Apia") == {(2, 3), (3, 4), (4, 5), (5, 2)}
    assert weekdays(result, "Pacific/Honolulu") == {(1, 2), (2, 3), (3, 4), (4, 1)}
    for slot in result.slots:
        here, there = local(slot, "Pacific/Apia")[0], local(slot, "Pacific/Honolulu")[0]
        assert here.utcoffset() == timedelta(hours=13)
        assert (here.date() - there.date()).days == 1


@pytest.mark.usefixtures("geneva")
def test_a_period_that_holds_zurichs_change_of_clocks(desk: Desk) -> None:
    """Windhoek has no summer time: after 28 March its people meet an hour earlier, which is said and costs points."""
    result = desk.find("NA", wish(date(2027, 3, 22), date(2027, 4, 2), meetings=2, minutes=90))
    across = [slot for slot in result.slots if local(slot, ZURICH)[0].day == 25]
    assert across
    for slot in across:
        assert [start.date() for start in local(slot, ZURICH)] == [date(2027, 3, 25), date(2027, 3, 30)]  # Easter
        before, after = (start.hour for start in local(slot, "Africa/Windhoek"))
        assert before - after == 1
        assert moves_in(slot) == ["Africa/Windhoek"]
    others = [slot for slot in result.slots if slot not in across]
    assert not any(moves_in(slot) for slot in others)
    same_hour = [slot for slot in others if slot.meetings[0].starts_at.hour == across[0].meetings[0].starts_at.hour]
    assert max(slot.score for slot in across) < max(slot.score for slot in same_hour)


@pytest.mark.usefixtures("geneva")
def test_ramadan_in_morocco_moves_its_clocks(desk: Desk) -> None:
    """From 7 February to 14 March 2027 Morocco is an hour behind Zurich, else at the same hour."""
    result = desk.find("MA", wish(date(2027, 2, 1), date(2027, 2, 12), meetings=2))
    across = [slot for slot in result.slots if local(slot, ZURICH)[0].day == 5]
    assert across
    for slot in across:
        before, after = local(slot, "Africa/Casablanca")
        assert (before.utcoffset(), after.utcoffset()) == (timedelta(hours=1), timedelta())
        assert moves_in(slot) == ["Africa/Casablanca"]
        assert after.time() >= time(9)


def moves_in(slot: FoundSlot) -> list[str | None]:
    return [reason.zone for reason in slot.reasons if reason.kind is ReasonKind.CLOCKS_CHANGE]


@pytest.mark.usefixtures("geneva")
def test_a_holiday_is_named_in_the_readers_language(app: Flask, desk: Desk) -> None:
    """Nowruz for a Korean reader, although the Iranian calendar has no Korean names."""
    asked = desk.ask("IR")
    day = date(2027, 3, 22)
    with app.app_context(), speaking("ko"):
        requests = requests_of(asked)
        search = search_for(requests, wish(day, day, relaxed=frozenset({Condition.HOLIDAY})))
        slot = find_slots(search).slots[0]
        parties = Parties({"IR": requests[0].office}, {each.id: "Trainer Example" for each in search.trainers}, ZURICH)
        [sentence] = [
            each
            for each, reason in zip(
                against(slot, parties), [one for one in slot.reasons if not one.is_for], strict=False
            )
            if reason.kind is ReasonKind.HOLIDAY
        ]
    assert "lang=" not in sentence
    assert any("가" <= letter <= "힣" for letter in sentence)


@pytest.mark.usefixtures("geneva")
def test_what_is_found_has_no_clash_at_the_offices(app: Flask, desk: Desk) -> None:
    """The finder and the warnings are two pieces of code; they say the same."""
    asked = desk.ask("KE", "IR", weekdays=[1, 3], hours_from=time(9), hours_to=time(15))
    with app.app_context():
        requests = requests_of(asked)
        result = find_slots(search_for(requests, wish(date(2027, 4, 1), date(2027, 5, 31), meetings=2)), most=ALL)
        assert result.slots
        for slot in result.slots:
            for span in slot.meetings:
                for request in requests:
                    times = (span.starts_at, span.ends_at)
                    assert list(office_clashes(request.office, times, weekly_hours_of(request))) == []


def test_several_requests_of_one_office_are_one_side_that_asked_twice(desk: Desk, geneva: str) -> None:
    asked = [*desk.ask("KE", weekdays=[1, 2, 3]), *desk.ask("KE", weekdays=[3, 4], hours_to=time(12)), *desk.ask("KE")]
    search = desk.search(
        asked, wish(date(2027, 2, 1), date(2027, 2, 28), offices=("KE", "CH", "XX"), trainers=(geneva,))
    )
    assert [week.code for week in search.offices] == ["KE", "CH"]
    assert len(search.offices[0].asked) == 2
    assert {start.isoweekday() for slot in find_slots(search).slots for start in local(slot, "Africa/Nairobi")} == {3}


def test_who_can_teach_is_asked_where_nobody_is_chosen(app: Flask, desk: Desk, world: World, geneva: str) -> None:
    other = world.person("Other Example", role=Role.TRAINER)
    with app.app_context(), unit_of_work():
        taught = list(db.session.scalars(select(Subject).where(Subject.code == "IPC")))
        db.session.add(TrainerProfile(person_id=person_of(other).id, zone=ZURICH, subjects=taught))
    with app.app_context():
        ids = {public_id: person_of(public_id).id for public_id in (geneva, other)}
    period = date(2027, 2, 1), date(2027, 2, 5)
    asked = desk.ask("KE")
    assert [week.id for week in desk.search(asked, wish(*period)).trainers] == [ids[geneva]]
    assert [week.id for week in desk.search(asked, wish(*period, trainers=(other,))).trainers] == [ids[other]]
    assert desk.search(asked, wish(*period, trainers=("nobody",))).trainers == ()


def test_other_sessions_stand_in_the_way_and_past_ones_are_remembered(
    app: Flask, desk: Desk, world: World, geneva: str
) -> None:
    """A session of an office, or for its request, keeps it busy; an evening of last year makes it heavier."""
    first, second = desk.ask("KE", "KE")
    world.session("2027-ST26-EN-01", first_day=date(2027, 2, 1), offices={"KE": "beneficiary"}, trainer=geneva)
    world.session("2027-ST26-EN-02", first_day=date(2027, 2, 2))
    world.session("2027-ST26-EN-03", first_day=date(2027, 2, 3), offices={"KE": "host"}, state="cancelled")
    world.session("2026-ST26-EN-01", first_day=date(2026, 9, 1), offices={"KE": "host", "JP": "host"}, trainer=geneva)
    with app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == "2027-ST26-EN-02")).one()
        session.requests = requests_of([second])
    search = desk.search([first], wish(date(2027, 2, 1), date(2027, 2, 28), offices=("JP",)))
    kenya, japan = search.offices
    assert [span.starts_at.date() for span in kenya.busy] == [date(2027, 2, 1), date(2027, 2, 2)]
    assert japan.busy == ()
    assert [span.starts_at.date() for span in search.trainers[0].busy] == [date(2027, 2, 1)]
    # Ten to half past eleven in Zurich was five to half past six in Tokyo, and nothing special in Nairobi.
    assert (kenya.past_late_minutes, japan.past_late_minutes) == (0, 90)
    assert search.trainers[0].past_late_minutes == 0


def test_a_search_costs_the_same_queries_for_two_sides_and_for_many(
    app: Flask, desk: Desk, world: World, queries: list[str]
) -> None:
    def count(asked: list[str], offices: tuple[str, ...]) -> int:
        with app.app_context():
            requests = requests_of(asked)
            assert [(each.office.code, len(each.subjects)) for each in requests]
            before = len(queries)
            search = search_for(requests, wish(date(2027, 2, 1), date(2027, 4, 30), offices=offices))
            assert len(search.offices) == len(asked) + len(offices)
            return len(queries) - before

    world.person("Trainer Example", role=Role.TRAINER)
    few = count(desk.ask("KE"), ("CH",))
    for number in range(8):
        world.person(f"Trainer {number} Example", role=Role.TRAINER)
        world.session(f"2027-ST26-EN-1{number}", first_day=date(2027, 2, 1), meetings=5, offices={"UG": "host"})
    assert count(desk.ask("UG", "GH", "ZA"), ("JP", "KR", "BR", "IN", "FR")) == few


def test_days_that_are_over_are_left_out(desk: Desk) -> None:
    search = desk.search(desk.ask("KE"), wish(date(2020, 1, 1), date(9999, 12, 31)))
    assert search.first == date(2026, 12, 31)
    assert search.last.year == 2032
    over = desk.search(desk.ask("KE"), wish(date(2020, 1, 1), date(2020, 2, 1)))
    assert [each.kind for each in find_slots(over).blockers] == [BlockerKind.NO_TIME_LEFT]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_relaxation_and_blocker_is_a_sentence(app: Flask, language: str) -> None:
    start = datetime(2027, 8, 2, 8, tzinfo=UTC)
    meetings = (Span(start, start + timedelta(hours=1)), Span(start + timedelta(days=1), start + timedelta(hours=25)))
    with app.app_context(), speaking(language):
        offices = {
            office.code: office for office in db.session.scalars(select(Office).where(Office.code.in_(["CH", "KE"])))
        }
        parties = Parties(offices, {7: "Trainer Example"}, ZURICH)
        for kind in ReasonKind:
            reason = _complete(Reason(kind, meetings=meetings, minutes=60, past_minutes=600))
            slot = FoundSlot(meetings, (7,), -60.0, (reason,))
            sentences = [*in_favour(slot, parties), *against(slot, parties)]
            assert sentences, kind
            assert len(in_favour(slot, parties)) == reason.is_for
            assert not any("%(" in sentence for sentence in sentences)
        for why in BlockerKind:
            assert blocker_text(Blocker(why, ("CH", "KE")), parties)
        for count in (1, 2, 5, 100):
            best = FoundSlot(meetings, (7,), -60.0)
            relaxation = Relaxation((Condition.HOLIDAY, Condition.TRAINER_BUSY), count, best)
            assert relaxation_text(relaxation, parties)


def _complete(reason: Reason) -> Reason:
    """With the one it is about, as the finder gives it."""
    if reason.kind in (ReasonKind.TRAINERS_FREE, ReasonKind.TRAINER_HOURS, ReasonKind.TRAINER_BUSY):
        return replace(reason, trainers=(7,))
    if reason.kind is ReasonKind.CLOCKS_CHANGE:
        return replace(reason, zone="Africa/Nairobi")
    if reason.kind in (ReasonKind.HOLIDAY, ReasonKind.WEEKEND, ReasonKind.BRIDGE_DAY):
        return replace(reason, office="CH", days=(date(2027, 8, 1),))
    if reason.is_for or reason.kind is ReasonKind.NO_TRAINER:
        return reason
    return replace(reason, office="CH")
