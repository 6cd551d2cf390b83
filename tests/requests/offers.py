"""Dates to offer in tests, and requests that stand where dates were offered."""

from collections.abc import Sequence
from datetime import date, time, timedelta

from flask import Flask

from tests.requests.conftest import Desk, person, writing
from trainapp.core.clock import today
from trainapp.requests.models import RequestState, Step, TrainingRequest
from trainapp.requests.queries import request_by_public_id, standing_slots
from trainapp.requests.service import take_step
from trainapp.requests.slots import MeetingOffer, SlotOffer

ZONE = "Africa/Nairobi"


def weekday_in(days: int) -> date:
    """The first Wednesday in so many days: a working day nearly everywhere."""
    day = today() + timedelta(days=days)
    return day + timedelta(days=(2 - day.weekday()) % 7)


def offer(
    days: int = 35, hour: int = 10, meetings: int = 1, zone: str = ZONE, trainers: Sequence[str] = ()
) -> SlotOffer:
    """Meetings of two hours on days in a row, from a Wednesday on."""
    first = weekday_in(days)
    return SlotOffer(
        zone,
        tuple(MeetingOffer(first + timedelta(days=number), time(hour), time(hour + 2)) for number in range(meetings)),
        tuple(trainers),
    )


def found(public_id: str) -> TrainingRequest:
    request = request_by_public_id(public_id)
    assert request is not None
    return request


def offered(desk: Desk, *offers: SlotOffer, **changes: object) -> str:
    """A request of Kenya's office to which the secretariat has proposed dates; gives its public id."""
    public_id = desk.request(RequestState.IN_REVIEW, **changes)
    with writing(desk.app):
        take_step(person(desk.coordinator), found(public_id), Step.PROPOSE, slots=offers or (offer(),))
    return public_id


def standing_ids(app: Flask, public_id: str) -> list[str]:
    """The public ids of the slots that stand."""
    with app.app_context():
        return [slot.public_id for slot in standing_slots(found(public_id))]


def rows_for(*offers: SlotOffer) -> dict[str, str]:
    """The offers as the form on the request page sends them."""
    return {
        f"slot_{number}-meeting_{index}-{name}": str(getattr(meeting, name))[: 10 if name == "on_date" else 5]
        for number, each in enumerate(offers, 1)
        for index, meeting in enumerate(each.meetings, 1)
        for name in ("on_date", "wall_start", "wall_end")
    }


NEXT = today().year + 1


def last_sunday(year: int, month: int) -> date:
    """When the clocks of Zurich change, in March and in October."""
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


GOES_FORWARD, GOES_BACK = last_sunday(NEXT, 3), last_sunday(NEXT, 10)


def only(meeting: MeetingOffer, zone: str = "Europe/Zurich") -> SlotOffer:
    return SlotOffer(zone, (meeting,))
