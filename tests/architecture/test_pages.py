"""House rules 3 and 7 for every page there is: it is a right page, and looking at it writes nothing."""

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.access_matrix import Stage
from tests.support.client import CheckingClient
from tests.support.statements import is_write, statements_of
from trainapp.core.headers import CONTENT_SECURITY_POLICY


def readable_rules(app: Flask) -> Iterator[Rule]:
    yield from (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))


def address(stage: Stage, rule: Rule, language: str) -> str:
    arguments = stage.arguments(rule)
    if "language" in arguments:
        arguments["language"] = language
    return str(stage.app.url_map.bind("localhost").build(rule.endpoint, arguments, method="GET"))


@pytest.mark.parametrize(
    ("app", "reader"),
    [  # every page on each database, by the reader who sees most of them; the others share them out
        ("sqlite", "visitor"),
        ("postgresql", "focal point, own office"),
        ("sqlite", "trainer, own session"),
        ("sqlite", "coordinator"),
        ("postgresql", "coordinator"),
    ],
    indirect=["app"],
)
def test_looking_writes_nothing_and_every_page_is_right(app: Flask, reader: str) -> None:
    stage = Stage(app)
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    if stage.readers[reader]:
        client.sign_in(str(stage.readers[reader]))
    looked_at, written = 0, []
    for rule in readable_rules(app):
        path = address(stage, rule, "ar")
        with statements_of(app) as statements:
            response = client.get(path, buffered=True)  # the client looks at every page it fetches
        assert response.status_code < 500, path
        written += [f"{path}: {statement}" for statement in statements if is_write(statement)]
        looked_at += response.mimetype == "text/html" and response.status_code == 200
    assert written == []
    assert looked_at >= 10


def right_page(body: str = "") -> str:
    return (
        '<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>T</title></head>'
        f"<body><h1>H</h1>{body}</body></html>"
    )


HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}


def test_a_right_page_passes() -> None:
    from tests.support.pages import check_page

    check_page(right_page('<label for="a">A</label><input id="a">'), HEADERS)


RIGHT_BODIES = (
    "",
    "<p>x</p>",
    '<a href="/x">x</a>',
    '<img src="/a.png" alt="">',
    '<label for="a">x</label><input id="a">',
    '<p id="a">x</p><p id="b">x</p>',
    '<p id="a" aria-describedby="b">x</p><p id="b">x</p>',
    "<div><div>x</div></div>",
)


@pytest.mark.parametrize(
    "page",
    [
        right_page("<h1>Again</h1>"),
        right_page("<script>alert(1)</script>"),
        right_page("<style>p { color: red }</style>"),
        right_page('<p style="color: red">x</p>'),
        right_page('<p onclick="x()">x</p>'),
        right_page('<a href="javascript:x()">x</a>'),
        right_page('<img src="//cdn.example.org/a.png" alt="">'),
        right_page('<input id="a">'),
        right_page('<p id="a">x</p><p id="a">x</p>'),
        right_page('<p aria-describedby="nowhere">x</p>'),
        right_page("<p><div>x</p></div>"),
        right_page().replace('lang="en" ', ""),
        right_page().replace('lang="en"', 'lang="xx"'),
        right_page().replace('dir="ltr"', 'dir="rtl"'),
        right_page().replace("<title>T</title>", ""),
        right_page().replace("<title>T</title>", "<title> </title>"),
        right_page().replace("<h1>H</h1>", ""),
        right_page().replace("<!DOCTYPE html>", ""),
    ],
)
def test_a_planted_fault_in_a_page_is_found(page: str) -> None:
    from tests.support.pages import check_page, outline_of

    with pytest.raises(AssertionError):
        check_page(page, HEADERS)
    assert outline_of(page) not in {outline_of(right_page(body)) for body in RIGHT_BODIES}


def test_pages_of_one_outline_differ_in_words_and_values_alone() -> None:
    from tests.support.pages import outline_of

    body = '<a href="/en/{0}">{0}</a> <label for="a">{0} &amp; more</label><input id="a" value="{0}">'
    assert outline_of(right_page(body.format("One, two"))) == outline_of(right_page(body.format("Üç")))
    for word in ("", " ", "&", "&x;", "\x0b", "\ufdd0", "<b>"):
        assert outline_of(right_page(body.format(word))) != outline_of(right_page(body.format("One"))), word
    assert outline_of(right_page('<a href="//one">x</a>')) != outline_of(right_page('<a href="/one">x</a>'))


@pytest.mark.parametrize("name", HEADERS)
def test_a_missing_security_header_is_found(name: str) -> None:
    from tests.support.pages import check_page

    with pytest.raises((AssertionError, KeyError)):
        check_page(right_page(), {**HEADERS, name: "other"})
