"""The people and the request the tests of this room work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.world import World
from trainapp.accounts.models import Person
from trainapp.accounts.queries import person_by_public_id
from trainapp.catalogue.models import Level
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.asking import Wish, new_request
from trainapp.requests.models import Mode, RequestState
from trainapp.requests.queries import request_by_public_id


def wish(**changes: Any) -> Wish:
    """What the office of Kenya asks for."""
    values: dict[str, Any] = {
        "office_code": "KE",
        "level": Level.INTRODUCTION,
        "languages": ("en", "fr"),
        "mode": Mode.ONLINE,
        "people": 25,
        "period_from": today() + timedelta(days=30),
        "period_to": today() + timedelta(days=60),
        "subject_codes": ("NICE",),
        "audience": "Examiners of marks",
        "needs": "The new edition applies from January.",
        **changes,
    }
    return Wish(**values)


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    """A unit of work during some visit, as steps are taken on pages."""
    with app.test_request_context("/en/"), unit_of_work():
        yield


@dataclass
class Desk:
    """Public ids of the people: the office of Kenya (Arabic), that of Egypt, and the secretariat (Japanese)."""

    app: Flask
    office: str
    other_office: str
    coordinator: str
    trainer: str

    def request(self, state: RequestState = RequestState.SUBMITTED, **changes: Any) -> str:
        """A request of Kenya's office that stands in a state; gives its public id."""
        with writing(self.app):
            request = new_request(person(self.office), wish(**changes), send=state is not RequestState.DRAFT)
            request.state = state
            db.session.flush()
            return request.public_id

    def state(self, public_id: str) -> RequestState:
        with self.app.app_context():
            found = request_by_public_id(public_id)
            assert found is not None
            return found.state

    def version(self, public_id: str) -> int:
        with self.app.app_context():
            found = request_by_public_id(public_id)
            assert found is not None
            return found.version


def person(public_id: str) -> Person:
    found = person_by_public_id(public_id)
    assert found is not None
    return found


@pytest.fixture
def desk(app: Flask, world: World) -> Desk:
    return Desk(
        app,
        office=world.person("Office Example", role=Role.FOCAL_POINT, office="KE", language="ar", zone="Africa/Nairobi"),
        other_office=world.person("Other Example", role=Role.FOCAL_POINT, office="EG"),
        coordinator=world.person("Coordinator Example", role=Role.COORDINATOR, language="ja", zone="Asia/Tokyo"),
        trainer=world.person("Trainer Example", role=Role.TRAINER),
    )
