"""Limits, addresses, validators and error pages."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from wtforms import Form, StringField

from tests.support.client import CheckingClient
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.forms import at_most, mail_address, plain_line, plain_text, stripped
from trainapp.core.languages import LANGUAGES
from trainapp.core.throttle import Attempt, allow, forget_old_attempts
from trainapp.core.unit_of_work import unit_of_work
from trainapp.core.urls import absolute_url, safe_next

SPAN = timedelta(minutes=15)


def test_a_limit_holds_for_one_subject_and_one_action(app: Flask, context: None) -> None:
    with unit_of_work():
        assert [allow("sign_in", "a@example.org", 3, SPAN) for _try in range(5)] == [True] * 3 + [False] * 2
        assert allow("sign_in", "b@example.org", 3, SPAN)
        assert allow("register", "a@example.org", 3, SPAN)


def test_a_limit_ends_with_its_time_and_is_forgotten_later(app: Flask, context: None) -> None:
    with unit_of_work():
        assert allow("sign_in", "a@example.org", 1, SPAN)
        db.session.query(Attempt).one().at = now() - SPAN - timedelta(seconds=1)
    with unit_of_work():
        assert allow("sign_in", "a@example.org", 1, SPAN)
        forget_old_attempts(SPAN)
        db.session.flush()
        assert db.session.query(Attempt).count() == 1


def test_what_is_limited_is_not_kept_in_clear(app: Flask, context: None) -> None:
    with unit_of_work():
        allow("sign_in", "a@example.org", 1, SPAN)
    assert "example" not in db.session.query(Attempt).one().subject


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "//evil.example.org",
        "///evil.example.org",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "https://evil.example.org",
        "https:evil.example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "en/desk",
        " /en/desk",
        "/en\r\nSet-Cookie: a=b",
        "/\t/evil.example.org",
        "/en/\\evil",
        "\x00/en",
        "http://[",
    ],
)
def test_a_way_on_that_leads_elsewhere_is_none(target: str | None) -> None:
    assert safe_next(target) is None


@pytest.mark.parametrize("target", ["/en/desk", "/ar/sessions/2027-IPC-AR-01?page=2#top", "/en/?next=//x"])
def test_a_way_on_within_the_site_is_kept(target: str) -> None:
    assert safe_next(target) == target


@given(target=st.text(max_size=60).map(lambda text: "/" + text))
def test_no_text_leads_elsewhere_or_breaks(target: str) -> None:
    found = safe_next(target)
    assert found is None or (found == target and not target.startswith(("//", "/\\")))


def test_addresses_in_mails_never_follow_the_host_header(app: Flask) -> None:
    with app.test_request_context("/en/", headers={"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"}):
        assert absolute_url("accounts.sign_in", language="ar") == "http://127.0.0.1:5000/ar/sign-in"


class Line(Form):
    line = StringField(validators=[plain_line, at_most(20)], filters=[stripped])
    text = StringField(validators=[plain_text])
    address = StringField(validators=[mail_address])


GOOD = {"line": "Žofie Δ 山田", "text": "two\nlines", "address": "amina@office.example"}


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("line", "  spaces around  ", True),
        ("line", "a\nb", False),
        ("line", "a\rb", False),
        ("line", "a\x00b", False),
        ("line", "a\x1b[31mb", False),
        ("line", "\ud800", False),
        ("line", "x" * 21, False),
        ("text", "a\x00b", False),
        ("text", "\udfff", False),
        ("address", "amina@пример.рф", True),
        ("address", "амина@пример.рф", False),
        ("address", "a@b", False),
        ("address", "a@b.org\r\nBcc: c@d.org", False),
        ("address", "<a@b.org>", False),
        ("address", "a@b.org, c@d.org", False),
        ("address", "x" * 400 + "@b.org", False),
        ("address", "@office.example", False),
        ("address", "", False),
    ],
)
def test_validators(app: Flask, name: str, value: str, fine: bool) -> None:
    with app.test_request_context("/en/"):
        form = Line(data=GOOD | {name: value})
        form.process(data=GOOD | {name: value})
        form.line.data = stripped(form.line.data)
        assert form.validate() is fine
        assert bool(form.errors) is not fine
        assert fine or list(form.errors) == [name]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/{}/no-such-page", 404), ("POST", "/{}/sign-in", 400), ("DELETE", "/{}/sign-in", 405)],
)
def test_error_pages_are_in_the_readers_language(
    client: CheckingClient, language: str, method: str, path: str, status: int
) -> None:
    response = client.open(path.format(language), method=method, headers={"Accept-Language": "en"})
    assert response.status_code == status
    assert client.tree is not None
    assert client.tree.get("lang") == language
    if status == 405:
        assert "POST" in response.headers["Allow"]


def test_what_is_too_large_is_told_so(client: CheckingClient) -> None:
    response = client.submit("/en/sign-in", {"email": "a" * 3_000_000})
    assert response.status_code == 413


def test_a_domain_error_carries_its_sentence_and_its_field() -> None:
    error = DomainError("No.", "zone")
    assert (str(error), error.field, error.status) == ("No.", "zone", 422)
