"""Pages kept for readers who are not signed in: fast, yet never older than what they show."""

import gzip
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.kept_pages import KeptPage, KeptPages
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import Meeting, SessionState, TrainingSession

CODE = "2027-ST26-EN-01"
PAGE = f"/en/sessions/{CODE}"
PAGES = ("/en/", PAGE, "/en/calendar.ics")


@pytest.fixture
def code(world: World) -> str:
    """A session that was last changed some time ago, so that its pages may be kept."""
    before = now() - timedelta(minutes=1)
    world.session(CODE, revised_at=before, created_at=before)
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(Meeting).values(revised_at=before))
    return CODE


def queries_of(app: Flask, client: CheckingClient, path: str) -> int:
    with statements_of(app) as seen:
        assert client.get(path).status_code == 200
    return sum(statement.startswith("SELECT") for statement in seen)


def change(app: Flask, **values: object) -> None:
    with app.app_context(), unit_of_work():
        db.session.execute(update(TrainingSession).values(**values))


@pytest.mark.parametrize("path", PAGES)
def test_a_kept_page_costs_one_query_and_is_the_same(app: Flask, client: CheckingClient, code: str, path: str) -> None:
    first = client.get(path)
    assert queries_of(app, client, path) == 1
    again = client.get(path)
    assert (again.data, again.mimetype, again.headers["ETag"]) == (first.data, first.mimetype, first.headers["ETag"])
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]


@pytest.mark.parametrize("path", PAGES)
def test_a_reader_who_has_the_page_is_told_so(client: CheckingClient, code: str, path: str) -> None:
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_kept_page_goes_out_compressed_to_those_who_take_it(app: Flask, client: CheckingClient, code: str) -> None:
    client.get(PAGE)
    plain = client.get(PAGE)
    small = FlaskClient(app, app.response_class).get(PAGE, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert {"Accept-Encoding", "Cookie"} <= set(small.vary)
    assert {"Accept-Encoding", "Cookie"} <= set(plain.vary)


@pytest.mark.parametrize(
    "values",
    [
        {"titles": {"en": "Another title"}, "revised_at": now() - timedelta(seconds=30)},
        {"state": SessionState.CANCELLED},
        {"capacity": 12},
        {"audience": "Examiners"},
    ],
)
def test_a_change_shows_at_once(app: Flask, client: CheckingClient, code: str, values: dict[str, object]) -> None:
    before = client.get(PAGE).data
    change(app, **values)
    assert client.get(PAGE).data != before


def test_what_changed_in_this_second_is_not_kept(app: Flask, client: CheckingClient, code: str) -> None:
    change(app, revised_at=now() + timedelta(seconds=5), titles={"en": "First thought"})
    assert "First thought" in client.get(PAGE).text
    change(app, titles={"en": "Second thought"})
    assert "Second thought" in client.get(PAGE).text


def test_a_draft_is_not_there(app: Flask, client: CheckingClient, code: str) -> None:
    client.get(PAGE)
    change(app, state=SessionState.DRAFT)
    assert client.get(PAGE).status_code == 404


def test_each_zone_has_its_own_page(client: CheckingClient, code: str) -> None:
    client.get(PAGE)
    client.set_cookie("zone", "Asia/Tokyo")
    assert "Tokyo" in client.get(PAGE).text


def test_those_signed_in_get_their_own_page(client: CheckingClient, world: World, code: str) -> None:
    client.get(PAGE)
    client.sign_in(world.person("Coordinator Example", role=Role.COORDINATOR))
    mine = client.get(PAGE)
    assert "Coordinator Example" in mine.text
    assert "ETag" not in mine.headers
    client.delete_cookie("session")
    assert "Coordinator Example" not in client.get(PAGE).text


def test_a_message_to_one_reader_reaches_no_other(client: CheckingClient, code: str) -> None:
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "Only for you")]
    assert "Only for you" in client.get(PAGE).text
    assert "Only for you" not in client.get(PAGE).text


def test_pages_asked_for_long_ago_make_room() -> None:
    pages = KeptPages(most_bytes=25)
    for name in ("a", "b"):
        pages.keep((name,), KeptPage(b"0123456", b"01234", ()))
    assert pages.find(("a",)) is not None
    pages.keep(("c",), KeptPage(b"0123456", b"01234", ()))
    assert pages.find(("b",)) is None
    assert pages.find(("a",)) is not None
    assert pages.size == 24
