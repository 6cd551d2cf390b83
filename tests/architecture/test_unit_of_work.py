"""House rule 3: one unit of work per unsafe request, committed once before the response leaves, or not at all."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, abort, flash, make_response
from sqlalchemy import delete, event, func, select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import make_app
from tests.support.statements import is_write, statements_of
from trainapp.core.access import Permission, access
from trainapp.core.audit import AuditEvent, record_act
from trainapp.core.database import Model, db
from trainapp.core.errors import Conflict, DomainError, Forbidden, NotFound
from trainapp.core.throttle import Attempt
from trainapp.core.unit_of_work import unit_of_work
from trainapp.core.web import csrf


class Deed:
    """What the planted route does; a test puts its own in place."""

    act: Callable[[], object] = staticmethod(lambda: "done")


def plant(app: Flask) -> None:
    """Add the route /deed."""

    def view() -> Response:
        response = make_response(Deed.act())
        response.mimetype = "text/plain"
        return response

    app.add_url_rule("/deed", "deed", csrf.exempt(access(Permission.PUBLIC)(view)), methods=["GET", "POST"])


@pytest.fixture(params=["sqlite", "postgresql"])
def deed_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application of its own with one planted route, /deed, on either database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'deed.sqlite3'}"
    else:
        server = request.getfixturevalue("postgres")
        name = f"deed_{abs(hash(str(tmp_path)))}"
        server.run(f'CREATE DATABASE "{name}"')
        url = server.url(name)
    app = make_app(url, tmp_path / "data")
    plant(app)
    with app.app_context(), unit_of_work():
        Model.metadata.create_all(db.session.connection())
    yield app
    close(app)


def close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def send(app: Flask, act: Callable[[], object], method: str = "POST") -> Response:
    Deed.act = staticmethod(act)
    return app.test_client().open("/deed", method=method)


def kept(app: Flask) -> int:
    with app.app_context():
        count = db.session.scalar(select(func.count()).select_from(AuditEvent))
        db.session.rollback()
    return int(count or 0)


def write(action: str = "written") -> str:
    record_act(None, action, "deed:1")
    return "done"


def count_commits(app: Flask) -> list[str]:
    commits: list[str] = []
    with app.app_context():
        event.listen(db.engine, "commit", lambda _connection: commits.append("commit"))
    return commits


def test_an_unsafe_request_that_succeeds_commits_once(deed_app: Flask) -> None:
    commits = count_commits(deed_app)
    assert send(deed_app, write).status_code == 200
    assert commits == ["commit"]
    assert kept(deed_app) == 1


def test_it_is_committed_before_the_response_leaves(deed_app: Flask) -> None:
    seen: list[int] = []

    @deed_app.after_request
    def look(response: Response) -> Response:
        database = threading.Thread(target=lambda: seen.append(kept(deed_app)))
        database.start()
        database.join(10)
        return response

    assert send(deed_app, write).status_code == 200
    assert seen == [1]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500, 503])
def test_an_answer_of_failure_keeps_nothing(deed_app: Flask, status: int) -> None:
    def act() -> tuple[str, int]:
        write()
        db.session.flush()
        return "no", status

    assert send(deed_app, act).status_code == status
    assert kept(deed_app) == 0


def raising(error: Exception) -> Callable[[], object]:
    def act() -> object:
        write()
        db.session.flush()
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DomainError("no"), 422),
        (NotFound(), 404),
        (Forbidden(), 403),
        (Conflict.of_writers(), 409),
        (RuntimeError("a fault of ours"), 500),
    ],
)
def test_what_is_raised_keeps_nothing_and_becomes_a_page(deed_app: Flask, error: Exception, status: int) -> None:
    response = send(deed_app, raising(error))
    assert response.status_code == status
    assert b"<h1" in response.data
    assert b"Traceback" not in response.data
    assert b"a fault of ours" not in response.data
    assert kept(deed_app) == 0


def test_an_abort_keeps_nothing(deed_app: Flask) -> None:
    def act() -> object:
        write()
        abort(404)

    assert send(deed_app, act).status_code == 404
    assert kept(deed_app) == 0


def test_a_row_somebody_wrote_first_is_looked_at_again_once(deed_app: Flask) -> None:
    tries: list[int] = []

    def act() -> str:
        tries.append(len(tries) + 1)
        write("neighbour")
        flash(f"try {len(tries)}")
        if len(tries) == 1:
            _break_a_unique_rule()
        return "done"

    with deed_app.test_client() as client:
        Deed.act = staticmethod(act)
        assert client.post("/deed").status_code == 200
        with client.session_transaction() as session:
            flashes = session["_flashes"]
    assert tries == [1, 2]
    assert flashes == [("message", "try 2")], "what the first try said is forgotten with it"
    assert kept(deed_app) == 1


def test_a_row_that_stands_in_the_way_twice_is_a_conflict(deed_app: Flask) -> None:
    tries: list[int] = []

    def act() -> str:
        tries.append(1)
        write()
        _break_a_unique_rule()
        return "done"

    assert send(deed_app, act).status_code == 409
    assert tries == [1, 1]
    assert kept(deed_app) == 0


def _break_a_unique_rule() -> None:
    db.session.execute(text("INSERT INTO attempt (id, subject, at) VALUES (1, 'a', '2027-01-01 00:00:00+00:00')"))
    db.session.execute(text("INSERT INTO attempt (id, subject, at) VALUES (1, 'b', '2027-01-01 00:00:00+00:00')"))


def test_a_serialization_failure_is_tried_again_then_a_conflict(deed_app: Flask) -> None:
    class SerializationFailure(Exception):
        sqlstate = "40001"

    tries: list[int] = []

    def act() -> str:
        tries.append(1)
        write()
        db.session.flush()
        if len(tries) <= failures:
            raise DBAPIError("UPDATE", {}, SerializationFailure())
        return "done"

    failures = 1
    assert send(deed_app, act).status_code == 200
    assert len(tries) == 2
    tries.clear()
    failures = 2
    assert send(deed_app, act).status_code == 409
    assert kept(deed_app) == 1


def test_another_fault_of_the_database_is_not_tried_again(deed_app: Flask) -> None:
    tries: list[int] = []

    def act() -> str:
        tries.append(1)
        db.session.execute(text("SELECT * FROM no_such_table"))
        return "done"

    assert send(deed_app, act).status_code == 500
    assert tries == [1]


def test_a_safe_request_keeps_nothing_even_if_it_writes(deed_app: Flask) -> None:
    def act() -> str:
        write()
        db.session.flush()
        return "done"

    assert send(deed_app, act, "GET").status_code == 200
    assert kept(deed_app) == 0


def test_the_next_request_begins_with_nothing_open(deed_app: Flask) -> None:
    send(deed_app, raising(RuntimeError("a fault of ours")))
    assert send(deed_app, write).status_code == 200
    assert kept(deed_app) == 1


def test_a_unit_of_work_of_a_command_keeps_all_or_nothing(deed_app: Flask) -> None:
    with deed_app.app_context():
        with unit_of_work():
            write()
        with pytest.raises(RuntimeError), unit_of_work():
            raising(RuntimeError("half way"))()
    assert kept(deed_app) == 1


@pytest.fixture
def sqlite_app(tmp_path: Path) -> Flask:
    app = make_app(f"sqlite:///{tmp_path / 'begin.sqlite3'}", tmp_path / "data")
    plant(app)
    with app.app_context(), unit_of_work():
        Model.metadata.create_all(db.session.connection())
    return app


def test_on_sqlite_what_may_write_takes_the_write_lock_at_its_start(sqlite_app: Flask) -> None:
    def read() -> str:
        return str(db.session.scalar(select(func.count()).select_from(Attempt)))

    for method, begin in (("POST", "BEGIN IMMEDIATE"), ("GET", "BEGIN")):
        with statements_of(sqlite_app) as seen:
            assert send(sqlite_app, read, method).status_code == 200
        assert seen[0] == begin, method
    with sqlite_app.app_context(), statements_of(sqlite_app) as seen, unit_of_work():
        db.session.execute(delete(Attempt))
    assert seen[0] == "BEGIN IMMEDIATE"
    close(sqlite_app)


def test_on_sqlite_a_database_too_busy_is_told_as_such(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite_app.app_context():
        path = str(db.engine.url.database)
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout = 50"))
        db.engine.dispose()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    response = send(sqlite_app, write)
    other.execute("ROLLBACK")
    other.close()
    assert response.status_code == 503
    assert b"Please try again in a minute" in response.data
    assert kept(sqlite_app) == 0
    close(sqlite_app)


@pytest.mark.parametrize(
    ("statement", "writes"),
    [
        ("SELECT 1", False),
        ("BEGIN IMMEDIATE", False),
        ("insert into a values (1)", True),
        ("WITH x AS (SELECT 1) UPDATE a SET b = 1", True),
        ("WITH x AS (SELECT 1) SELECT * FROM x", False),
        ("DELETE FROM a", True),
    ],
)
def test_a_planted_write_is_seen(statement: str, writes: bool) -> None:
    assert is_write(statement) is writes
