"""What the tests of this room share."""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.answering import MONDAY, NAIROBI, request_of
from tests.support.world import World, meeting_on, office_of, person_of
from trainapp.accounts.models import Person
from trainapp.catalogue.models import Level, Subject
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import (
    Channel,
    Mode,
    RequestEvent,
    RequestState,
    Slot,
    SlotMeeting,
    Step,
    TrainingRequest,
)


@pytest.fixture
def coordinator(world: World) -> str:
    return world.person("Coordinator Example", role=Role.COORDINATOR)


@pytest.fixture
def trainer(world: World) -> str:
    return world.person("Trainer Example", role=Role.TRAINER, language="ja", zone="Asia/Tokyo")


@pytest.fixture
def agreed(app: Flask, coordinator: str) -> str:
    """A request of the Kenyan office for a training on Nice, agreed; gives its public id."""
    with app.app_context(), unit_of_work():
        request = TrainingRequest(
            code="R-2026-0001",
            office=office_of("KE"),
            state=RequestState.AGREED,
            mode=Mode.ONLINE,
            level=Level.INTRODUCTION,
            languages=["en"],
            audience="trademark examiners",
            people=20,
            period_from=today(),
            period_to=today(),
            hours="mornings",
            channel=Channel.OFFICE,
            received_on=today(),
            entered_by=db.session.query(Person).filter_by(public_id=coordinator).one(),
            subjects=[db.session.query(Subject).filter_by(code="NICE").one()],
        )
        db.session.add(request)
        db.session.flush()
        return request.public_id


def agree_on(
    app: Flask, public_id: str, days: Sequence[date], zone: str, hours: tuple[time, time], trainers: Sequence[str] = ()
) -> None:
    """Let a request be agreed on dates at one time of day, as a proposal and its acceptance leave it."""
    meetings = [meeting_on(day, number, zone, *hours) for number, day in enumerate(days, 1)]
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()
        request.state = RequestState.AGREED
        slot = Slot(
            position=1,
            zone=zone,
            trainers=[person_of(each) for each in trainers],
            meetings=[
                SlotMeeting(
                    number=each.number,
                    on_date=each.on_date,
                    wall_start=hours[0],
                    wall_end=hours[1],
                    starts_at=each.starts_at,
                    ends_at=each.ends_at,
                )
                for each in meetings
            ],
        )
        offer = RequestEvent(
            request=request,
            person=request.entered_by,
            step=Step.PROPOSE,
            from_state=RequestState.IN_REVIEW,
            to_state=RequestState.PROPOSED,
            slots=[slot],
        )
        db.session.add(offer)
        db.session.flush()
        slot.chosen_by = RequestEvent(
            request=request,
            person=request.entered_by,
            step=Step.AGREE,
            from_state=RequestState.PROPOSED,
            to_state=RequestState.AGREED,
        )


@pytest.fixture
def plan_data(trainer: str) -> Callable[..., dict[str, Any]]:
    """The form of a plan as a browser sends it: one meeting on a working day of the Kenyan office in 2027."""

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "title": "Nice for examiners",
            "subjects": ["NICE"],
            "kind": "training",
            "spoken": "en",
            "audience": "examiners",
            "office_1-office": "KE",
            "office_1-role": "beneficiary",
            "trainers": [trainer],
            "mode": "online",
            "join_url": "https://meet.example.org/room",
            "policy": "nomination",
            "capacity": "30",
            "hold_hours": "48",
            "zone": "Africa/Nairobi",
            "meeting_1-on_date": date(2027, 7, 6).isoformat(),
            "meeting_1-wall_start": "10:00",
            "meeting_1-wall_end": "11:30",
            **changes,
        }

    return make


@pytest.fixture
def kenya(world: World) -> str:
    return world.person("Kenya Example", role=Role.FOCAL_POINT, office="KE", zone=NAIROBI)


@pytest.fixture
def teacher(world: World) -> str:
    return world.person("Teacher Example", role=Role.TRAINER, zone="Europe/Zurich")


@pytest.fixture
def asks(world: World, kenya: str, coordinator: str, teacher: str) -> Callable[..., str]:
    """A request in review for two weeks; gives its public id."""

    def make(office: str = "KE", **changes: Any) -> str:
        values = {
            "state": RequestState.IN_REVIEW,
            "period_from": MONDAY,
            "period_to": MONDAY + timedelta(days=11),
            **changes,
        }
        return world.request(office, kenya, **values)

    return make


@pytest.fixture
def slots_in(app: Flask) -> Callable[[str], list[Slot]]:
    """The slots offered last to a request, detached."""

    def find(public_id: str) -> list[Slot]:
        with app.app_context():
            offers = [event for event in request_of(public_id).events if event.step is Step.PROPOSE]
            slots = list(offers[-1].slots) if offers else []
            for slot in slots:
                assert slot.meetings is not None
                assert slot.trainers is not None
            db.session.expunge_all()
            return slots

    return find
