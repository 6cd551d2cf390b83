"""Bad input in every address, cookie and header: never a fault of ours, never a traceback, always a right page."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.access_matrix import NOT_ASKED, Stage, client_of, token_of
from tests.support.client import CheckingClient
from trainapp.core.database import db

HOSTILE = [
    "\x00",
    "%00",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "%(name)s",
    "%s%n",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "١٢٣",
    "-1",
    "0",
    "99999999999999999999999",
    "1e999",
    "\u202egnp",
    "a\r\nSet-Cookie: x=y",
    "A" * 5000,
    "İ",
    ".",
]
SIGNING = ("accounts.sign_out", "accounts.finish_sign_in")
COUNTED = ("number", "year", "mail_id")
LIKE_NUMBERS = ("-1", "0", "99999999999999999999999", "1e999")
NUMBERS = ["0", "00", "2147483648", "9223372036854775808", "9" * 60]
HEADERS = [
    {"Accept-Language": "\x00,;;q=,q=q;q=9,*;q=-1,zh-" + "x" * 3000},
    {"Accept-Language": "ar;q=1e999,en;q=nan"},
    {"Host": "evil.example.org:99999"},
    {"Host": "<script>"},
    {"X-Forwarded-For": "'; DROP TABLE person; --", "X-Forwarded-Host": "evil.example.org"},
    {"If-None-Match": '"', "If-Modified-Since": "yesterday", "Range": "bytes=9999-1"},
    {"Cookie": "language=\x01; zone=" + "A" * 3000 + "; zone_guess=%00; session=..; =; ;;"},
    {"Cookie": "session=eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb; language=../en; zone=../../etc/passwd"},
    {"Content-Type": "application/json; charset=nonsense"},
    {"Content-Type": "multipart/form-data"},
    {"Referer": "javascript:alert(1)", "Origin": "null"},
]


def check(response: TestResponse, what: str) -> None:
    assert response.status_code < 500, what
    body = response.get_data()
    assert b"Traceback" not in body, what
    assert b"<script>alert" not in body, what
    assert "evil.example.org" not in (response.location or ""), what


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - NOT_ASKED):
            yield rule, method


def path_of(rule: Rule, arguments: dict[str, Any]) -> str:
    """The address of a rule with these texts in its holes, whether the converter would take them or not."""
    parts = [
        quote(str(arguments[text]), safe="", errors="surrogatepass") if is_hole else text
        for is_hole, text in rule._trace
        if text != "|"
    ]
    return "".join(parts)


def is_lenient(app: Flask) -> bool:
    """Whether the database takes any text: what PostgreSQL can be asked for, SQLite can. Numbers differ in both."""
    with app.app_context():
        return db.engine.dialect.name == "sqlite"


@pytest.mark.causes_mails
def test_hostile_addresses(app: Flask, client: CheckingClient) -> None:
    stage = Stage(app)
    client.sign_in(str(stage.readers["administrator"]))
    token = client.token()
    tried = 0
    for rule, method in rules(app):
        good = stage.arguments(rule)
        for name in sorted(rule.arguments - {"language"}):
            if name not in COUNTED and is_lenient(app):
                continue
            values = NUMBERS if name in COUNTED else HOSTILE
            for value in values:
                path = path_of(rule, good | {name: value})
                data = {"csrf_token": token} if method != "GET" else None
                check(client.open(path, method=method, data=data, buffered=True), f"{method} {path[:200]}")
                tried += 1
    assert tried > (20 if is_lenient(app) else 200)


def test_hostile_languages(client: CheckingClient) -> None:
    for value in HOSTILE:
        check(client.get(f"/{quote(value, safe='', errors='surrogatepass')}/"), value)


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: "+".join(headers))
def test_hostile_headers(client: CheckingClient, headers: dict[str, str]) -> None:
    for path in ("/", "/en/", "/ar/sessions/past", "/en/calendar.ics", "/en/sign-in", "/healthz", "/en/time-zone"):
        for method in ("GET", "POST"):
            check(client.open(path, method=method, headers=headers), f"{method} {path}")


def test_hostile_encodings(app: Flask) -> None:
    for accepted in ("gzip;q=x,;,*", "gzip;q=-1", ",,,", "\x00", "br;q=1e999"):
        check(client_of(app, None).get("/en/", headers={"Accept-Encoding": accepted}), accepted)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_cookies(client: CheckingClient, value: str) -> None:
    safe = quote(value[:1000], errors="surrogatepass")
    for name in ("language", "zone", "zone_guess", "session", "remember_token"):
        client.set_cookie(name, safe)
    for path in ("/", "/en/", "/en/sign-in", "/en/desk"):
        check(client.get(path), path)


def test_hostile_queries(app: Flask) -> None:
    """Every page takes every query; what it does not know it leaves alone."""
    names = ("subject", "language", "page", "next", "year", "state", "office", "mode", "request", "zone", "q", "part")
    stage = Stage(app)
    client = client_of(app, stage.readers["coordinator"])
    for rule, method in rules(app):
        if method != "GET" or rule.endpoint == "static":
            continue
        path = path_of(rule, stage.arguments(rule))
        texts = () if is_lenient(app) else ("\x00", "<script>alert(1)</script>", "\u202e'\"{{ 7*7 }}%(x)s")
        for value in ("-1", "9" * 40, *texts):
            query = "&".join(f"{name}={quote(value)}&{name}={quote(value)}" for name in names)
            check(client.get(f"{path}?{query}", buffered=True), f"{path}?{query}")


@pytest.mark.causes_mails
def test_hostile_forms(app: Flask) -> None:
    """Every field of every form with every bad value is answered, never with a fault."""
    stage = Stage(app)
    client = client_of(app, stage.readers["coordinator"])
    token, tried = token_of(client), 0
    posted = [rule for rule, method in rules(app) if method == "POST" and rule.endpoint not in SIGNING]
    # All records first: what is posted ends roles and sessions, without which others cannot be made.
    for path in [path_of(rule, stage.arguments(rule)) for rule in posted]:
        names = field_names(client, path) | {"email", "name", "version", "step", "comment", "next"}
        for value in LIKE_NUMBERS if is_lenient(app) else HOSTILE:
            data = dict.fromkeys(names, value) | {"csrf_token": token}
            check(client.post(path, data=data), f"POST {path} with {value[:30]!r}")
            tried += 1
    assert tried > 100


def field_names(client: FlaskClient, path: str) -> set[str]:
    """The fields of the page at a path, where there is one."""
    page = client.get(path).get_data(as_text=True)
    return set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page)) - {"csrf_token"}


def test_characters_that_no_page_can_show_are_refused_in_the_readers_language(client: CheckingClient) -> None:
    for path, status in (("/ar/?subject=%00", 400), ("/ja/?%0b=1", 400), ("/ko/sessions/%00", 404), ("/es/%01", 404)):
        assert client.get(path).status_code == status, path
        assert client.tree is not None
        assert client.tree.get("lang") == path[1:3]
    assert client.get("/api/v1/reports/2021/summary?language=en%00").json["status"] == 400
