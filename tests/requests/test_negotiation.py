"""Dates offered, countered and accepted: what may be offered, how it is shown, and that nothing typed is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask

from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import GOES_BACK, GOES_FORWARD, found, offer, offered, only, standing_ids, weekday_in
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import DomainError, Forbidden
from trainapp.requests.models import Channel, RequestState, SlotMeeting, Step
from trainapp.requests.queries import agreed_slot, newest_offer, standing_slots
from trainapp.requests.service import StepRefused, take_step
from trainapp.requests.slots import (
    MOST_SLOT_MEETINGS,
    MOST_SLOTS,
    MeetingOffer,
    SlotOffer,
    meeting_times,
    offer_field,
    problems_of,
    slot_clashes,
    slots_from,
    weekly_hours_of,
)

pytestmark = pytest.mark.causes_mails

WRONG_OFFERS: list[tuple[list[SlotOffer], str]] = [
    ([only(MeetingOffer(today() - timedelta(days=3), time(10), time(12)))], "slot_1-meeting_1-on_date"),
    ([only(MeetingOffer(date(1, 1, 1), time(0), time(12)))], "slot_1-meeting_1-on_date"),
    ([only(MeetingOffer(date(9999, 12, 31), time(23), time(23, 59)))], "slot_1-meeting_1-on_date"),
    ([offer(), only(MeetingOffer(weekday_in(35), time(12), time(10)))], "slot_2-meeting_1-wall_end"),
    ([only(MeetingOffer(weekday_in(35), time(12), time(12)))], "slot_1-meeting_1-wall_end"),
    ([only(MeetingOffer(GOES_FORWARD, time(2, 30), time(4)))], "slot_1-meeting_1-wall_start"),
    ([only(MeetingOffer(GOES_FORWARD, time(1), time(2, 30)))], "slot_1-meeting_1-wall_end"),
    ([only(MeetingOffer(GOES_BACK, time(2, 30), time(4)))], "slot_1-meeting_1-is_later"),
    ([replace(offer(), zone="Mars/Olympus")], "slot_1-zone"),
    ([replace(offer(), meetings=())], "slot_1-meeting_1-on_date"),
    ([replace(offer(), meetings=offer().meetings * 2)], "slot_1-meeting_2-wall_start"),
    ([offer(35 + 7 * week) for week in range(MOST_SLOTS + 1)], "slot_6"),
    ([offer(meetings=MOST_SLOT_MEETINGS + 1)], "slot_1-meeting_1-on_date"),
    ([offer(trainers=["nobody-at-all"])], "trainers"),
]


@pytest.mark.usefixtures("context")
def test_what_cannot_be_is_not_offered(app: Flask) -> None:
    for offers, expected in WRONG_OFFERS:
        fields = [problem.field for problem in problems_of(offers)]
        assert expected in fields, (offers, fields)
        with pytest.raises(DomainError):
            slots_from(offers)
    assert problems_of([offer(35 + 7 * week, meetings=MOST_SLOT_MEETINGS) for week in range(0, 25, 5)]) == []


@pytest.mark.usefixtures("context")
def test_a_time_shown_twice_is_taken_as_it_was_meant(app: Flask) -> None:
    meeting = MeetingOffer(GOES_BACK, time(2, 30), time(4))
    instants = [
        slots_from([only(replace(meeting, is_later=is_later))])[0].meetings[0].starts_at for is_later in (False, True)
    ]
    assert [at.astimezone(UTC).time() for at in instants] == [time(0, 30), time(1, 30)]


def test_slots_are_kept_as_they_were_offered(app: Flask, desk: Desk) -> None:
    public_id = offered(desk, offer(meetings=2, trainers=[desk.trainer]), offer(42, zone="Europe/Zurich"))
    with app.app_context():
        first, second = standing_slots(found(public_id))
        assert [slot.position for slot in (first, second)] == [1, 2]
        assert [trainer.public_id for trainer in first.trainers] == [desk.trainer]
        day = weekday_in(35)
        assert [(meeting.number, meeting.on_date) for meeting in first.meetings] == [
            (1, day),
            (2, day + timedelta(days=1)),
        ]
        assert first.meetings[0].starts_at == datetime(day.year, day.month, day.day, 7, tzinfo=UTC)
        assert first.meetings[0].wall_start == time(10)
        assert second.zone == "Europe/Zurich"
        assert agreed_slot(found(public_id)) is None


def test_one_slot_is_agreed_to_and_no_other_stands(app: Flask, desk: Desk) -> None:
    public_id = offered(desk, offer(), offer(42))
    first, second = standing_ids(app, public_id)
    with writing(app):
        request, actor = found(public_id), person(desk.office)
        with pytest.raises(DomainError) as unsaid:
            take_step(actor, request, Step.AGREE)
        assert unsaid.value.field == "chosen"
        for wrong in ("made-up", "", second + "x", "x" * 5000):
            with pytest.raises(DomainError):
                take_step(actor, request, Step.AGREE, chosen=wrong)
        event = take_step(actor, request, Step.AGREE, chosen=second)
        agreed = agreed_slot(request)
        assert agreed is not None
        assert agreed.public_id == second
        assert agreed.chosen_by is event
        assert standing_slots(request) == []
    with writing(app):
        take_step(person(desk.coordinator), found(public_id), Step.PROPOSE, slots=[offer(49)])
        assert agreed_slot(found(public_id)) is None
        with pytest.raises(DomainError):
            take_step(person(desk.office), found(public_id), Step.AGREE, chosen=first)


def test_the_secretariat_agrees_to_what_the_office_offers(app: Flask, desk: Desk) -> None:
    public_id = offered(desk)
    with writing(app):
        take_step(person(desk.office), found(public_id), Step.COUNTER, slots=[offer(42), offer(49)])
    mine = standing_ids(app, public_id)
    assert len(mine) == 2
    with writing(app):
        take_step(person(desk.coordinator), found(public_id), Step.AGREE, chosen=mine[0])
        agreed = agreed_slot(found(public_id))
        assert agreed is not None
        assert agreed.public_id == mine[0]


def test_words_alone_counter_too_and_nothing_stands_then(app: Flask, desk: Desk) -> None:
    public_id = offered(desk)
    with writing(app):
        request = found(public_id)
        with pytest.raises(DomainError) as refused:
            take_step(person(desk.office), request, Step.COUNTER, " \n")
        assert refused.value.field == "comment"
        event = take_step(person(desk.office), request, Step.COUNTER, "Any Tuesday in May.")
        assert standing_slots(request) == []
        assert newest_offer(request) is event
        take_step(person(desk.coordinator), request, Step.AGREE)
        assert agreed_slot(request) is None


def test_an_office_does_not_dispose_of_trainers(app: Flask, desk: Desk) -> None:
    public_id = offered(desk)
    with writing(app), pytest.raises(Forbidden):
        take_step(person(desk.office), found(public_id), Step.COUNTER, slots=[offer(trainers=[desk.trainer])])


def test_dates_that_have_passed_are_not_agreed_to(app: Flask, desk: Desk, client: CheckingClient) -> None:
    public_id = offered(desk)
    (slot,) = standing_ids(app, public_id)
    with writing(app):
        (meeting,) = db.session.query(SlotMeeting).all()
        back = meeting.starts_at - (datetime.now(UTC) - timedelta(hours=1))
        meeting.starts_at, meeting.ends_at = meeting.starts_at - back, meeting.ends_at - back
    with writing(app), pytest.raises(DomainError) as refused:
        take_step(person(desk.office), found(public_id), Step.AGREE, chosen=slot)
    assert refused.value.field == "chosen"
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert "This time has passed" in page
    assert "Accept these dates" not in page


def test_the_hours_asked_for_are_warned_of(app: Flask, desk: Desk) -> None:
    public_id = offered(desk)
    with writing(app):
        request = found(public_id)
        assert weekly_hours_of(request) is None
        request.weekdays, request.hours_from, request.hours_to = [1], time(8), time(9)
        times = meeting_times(standing_slots(request)[0])
        assert "hours_asked" in {clash.kind for clash in slot_clashes(times, request)}
        request.weekdays, request.hours_from, request.hours_to = [3], time(10), None
        assert "hours_asked" not in {clash.kind for clash in slot_clashes(times, request)}


def test_a_slot_of_another_request_is_nobodys(app: Flask, desk: Desk, world: World) -> None:
    mine = offered(desk)
    egypt = world.request("EG", desk.other_office, state=RequestState.IN_REVIEW)
    with writing(app):
        take_step(person(desk.coordinator), found(egypt), Step.PROPOSE, slots=[offer()])
    (theirs,) = standing_ids(app, egypt)
    with writing(app), pytest.raises(DomainError):
        take_step(person(desk.office), found(mine), Step.AGREE, chosen=theirs)
    letter = world.request("EG", desk.coordinator, state=RequestState.COUNTERED, channel=Channel.LETTER)
    with writing(app), pytest.raises(StepRefused):
        take_step(person(desk.coordinator), found(letter), Step.AGREE, chosen=theirs)


def test_an_input_of_an_offer_has_one_name() -> None:
    assert offer_field(2, 3, "wall_end") == "slot_2-meeting_3-wall_end"
    assert offer_field(2, name="zone") == "slot_2-zone"
