"""What every response carries, and what the log never does."""

import gzip
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import make_app
from tests.support.access_matrix import client_of
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.headers import CONTENT_SECURITY_POLICY
from trainapp.core.logs import JsonFormatter, log


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """The log as it would be written, at its most talkative."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield written
    log.setLevel(level)
    log.removeHandler(handler)


def test_every_answer_carries_the_security_headers(client: CheckingClient) -> None:
    for path in ("/", "/en/", "/en/no-such-page", "/healthz", "/en/calendar.ics", "/static/trainapp.css"):
        headers = client.get(path, buffered=True).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert len(headers["X-Request-Id"]) == 16, path


def test_nothing_inline_and_nothing_of_others_is_allowed() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


def test_a_page_that_is_somebodys_own_is_kept_by_no_cache(client: CheckingClient, world: World) -> None:
    person = world.person()
    assert client.get("/en/").headers["Cache-Control"] == "private, no-cache"
    assert client.get(f"/en/sign-in/{world.sign_in_link(person)}").headers["Cache-Control"] == "no-store"
    client.sign_in(person)
    assert client.get("/en/desk").headers["Cache-Control"] == "no-store"


def test_our_files_are_kept_for_ever_under_a_name_with_their_version(client: CheckingClient) -> None:
    client.get("/en/")
    assert client.tree is not None
    [sheet] = [link.get("href") for link in client.tree.iter("link") if link.get("rel") == "stylesheet"]
    assert "?v=" in str(sheet)
    assert "immutable" in client.get(str(sheet), buffered=True).headers["Cache-Control"]


def test_pages_are_compressed_for_those_who_take_it(client: CheckingClient) -> None:
    plain = client.get("/en/")
    packed = client.application.test_client().open(
        "/static/trainapp.css", headers={"Accept-Encoding": "gzip"}, buffered=True
    )
    assert plain.headers.get("Content-Encoding") is None
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert packed.headers["Content-Encoding"] == "gzip"
    sheet = client.get("/static/trainapp.css", buffered=True).data
    assert gzip.decompress(packed.data) == sheet
    assert len(packed.data) < len(sheet) / 2
    refused = client_of(client.application, None).get("/en/", headers={"Accept-Encoding": "gzip;q=0"})
    assert refused.headers.get("Content-Encoding") is None


def test_https_is_asked_for_where_it_is_there(tmp_path: Path) -> None:
    settings = {"TRAINAPP_BASE_URL": "https://trainings.example.org", "TRAINAPP_MAIL_URL": "smtp://127.0.0.1:2525"}
    app = make_app(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path, **settings)
    assert "max-age=" in app.test_client().get("/healthz").headers["Strict-Transport-Security"]
    cookie = app.test_client().get("/en/sign-in").headers["Set-Cookie"]
    for part in ("Secure", "HttpOnly", "SameSite=Lax"):
        assert part in cookie


def test_a_secret_in_an_address_is_never_in_the_log(
    client: CheckingClient, world: World, log_lines: io.StringIO
) -> None:
    person = world.person()
    secret = world.sign_in_link(person)
    managing = world.registration_link(world.session(), person)
    assert client.get(f"/en/sign-in/{secret}").status_code == 200
    assert client.get(f"/en/registrations/{managing}").status_code == 200
    assert client.submit(f"/en/sign-in/{secret}").status_code == 302
    assert client.get(f"/en/sign-in/{secret}").status_code == 410
    assert client.get(f"/en/wrong/{secret}").status_code == 404
    written = log_lines.getvalue()
    assert secret not in written
    assert managing not in written
    assert "person.example@example.org" not in written
    routes = [json.loads(line)["route"] for line in written.splitlines()]
    assert "/<lang:language>/sign-in/<token>" in routes
    assert "(no route)" in routes


def test_an_unexpected_fault_is_logged_whole_and_told_by_its_number(tmp_path: Path, log_lines: io.StringIO) -> None:
    from trainapp.core.access import Permission, access

    app = make_app(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path)

    def fail() -> str:
        raise RuntimeError("the inside of the fault")

    app.add_url_rule("/fault", "fault", access(Permission.PUBLIC)(fail))
    log.setLevel(logging.DEBUG)
    response = app.test_client().get("/fault")
    assert response.status_code == 500
    assert b"the inside of the fault" not in response.data
    entries = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    [fault] = [entry for entry in entries if "exception" in entry]
    assert "the inside of the fault" in fault["exception"]
    assert fault["request_id"] == response.headers["X-Request-Id"]
    assert fault["request_id"].encode() in response.data


def test_health_and_readiness(client: CheckingClient, app: Flask) -> None:
    assert client.get("/healthz").json == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json is not None
    assert set(ready.json["checks"]) >= {"database", "migrations", "outbox"}


def test_a_schema_that_is_not_the_codes_is_not_ready(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path)
    response = app.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.json is not None
    assert "trainapp init" in response.json["checks"]["migrations"]
