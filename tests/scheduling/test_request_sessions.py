"""The page of a request names the sessions that answer it: drafts to those who plan alone."""

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.scheduling.models import SessionState, TrainingSession

DRAFT, PUBLISHED = "2027-NICE-EN-01", "2027-NICE-EN-02"


@pytest.fixture
def asked(app: Flask, world: World) -> tuple[str, str]:
    """A request of Kenya's office, agreed, with a draft and a published session; and the office's focal point."""
    office = world.person("Office Example", role=Role.FOCAL_POINT, office="KE")
    public_id = world.request("KE", office, state=RequestState.AGREED)
    world.session(DRAFT, state=SessionState.DRAFT)
    world.session(PUBLISHED)
    with app.app_context(), unit_of_work():
        request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()
        for session in db.session.scalars(select(TrainingSession)):
            session.requests.append(request)
    return public_id, office


def test_the_office_sees_what_is_published(client: CheckingClient, asked: tuple[str, str]) -> None:
    public_id, office = asked
    client.sign_in(office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert f"/en/sessions/{PUBLISHED}" in page
    assert DRAFT not in page


def test_who_plans_sees_the_draft_too(client: CheckingClient, world: World, asked: tuple[str, str]) -> None:
    client.sign_in(world.person("Coordinator Example", role=Role.COORDINATOR))
    page = client.get(f"/en/requests/{asked[0]}").get_data(as_text=True)
    assert f"/en/sessions/{PUBLISHED}" in page
    assert f"/en/sessions/{DRAFT}" in page
    assert "Plan another session" in page
