"""Several people at the same moment: one step wins, nobody's words are lost, no code is given twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from tests.requests.conftest import Desk
from tests.requests.test_views import answers
from tests.support.client import CheckingClient
from trainapp.core.database import db
from trainapp.requests.models import RequestState, TrainingRequest

pytestmark = pytest.mark.causes_mails


def visitors(app: Flask, public_ids: list[str]) -> list[tuple[CheckingClient, str]]:
    """People who are signed in, each with a token."""
    found = []
    for public_id in public_ids:
        client = app.test_client()
        assert isinstance(client, CheckingClient)
        client.sign_in(public_id)
        found.append((client, client.token()))
    return found


def test_of_two_steps_at_once_one_is_taken_and_the_other_told(app: Flask, desk: Desk) -> None:
    public_id = desk.request(RequestState.PROPOSED)
    version = desk.version(public_id)
    start = Barrier(2)

    def send(visitor: tuple[CheckingClient, str], step: str) -> tuple[int, str]:
        client, token = visitor
        data = {"csrf_token": token, "step": step, "version": version, "comment": f"Words for {step}."}
        start.wait()
        response = client.post(f"/en/requests/{public_id}/steps", data=data)
        return response.status_code, response.get_data(as_text=True)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(send, visitors(app, [desk.office, desk.office]), ["agree", "counter"]))
    statuses = [status for status, _page in results]
    assert sorted(statuses) == [302, 409]
    late = statuses.index(409)
    assert f"Words for {['agree', 'counter'][late]}.</textarea>" in results[late][1]
    assert f"Words for {['counter', 'agree'][late]}." in results[late][1]
    expected = RequestState.COUNTERED if late == 0 else RequestState.AGREED
    assert desk.state(public_id) is expected


def test_requests_sent_at_once_get_codes_of_their_own(app: Flask, desk: Desk) -> None:
    start = Barrier(2)

    def send(visitor: tuple[CheckingClient, str]) -> int:
        client, token = visitor
        start.wait()
        return client.post("/en/requests/new", data={"csrf_token": token, **answers()}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, visitors(app, [desk.office, desk.other_office]))) == [302, 302]
    with app.app_context():
        codes = [code[-4:] for code in db.session.scalars(select(TrainingRequest.code).order_by(TrainingRequest.code))]
    assert codes == ["0001", "0002"]
