"""Nothing tells a stranger who is registered: no page, file, feed, status, header, log, or amount of work."""

import io
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.access_matrix import NOT_ASKED, client_of, token_of
from tests.support.client import CheckingClient
from tests.support.own_pages import address_link
from tests.support.world import World
from trainapp.core.access import Permission, declared_permission
from trainapp.core.logs import JsonFormatter, log
from trainapp.registrations.models import RegistrationState
from trainapp.scheduling.models import RegistrationPolicy

FORM = {"name": "Amina Example", "office": "EG", "language_of_mails": "ar", "zone": "Africa/Cairo"}
CODE = "2027-ST26-EN-01"


def rules_of(app: Flask, permission: Permission) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("registrations.")
        and declared_permission(app.view_functions[rule.endpoint]) is permission
    ]


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - NOT_ASKED)


def answer(app: Flask, rule: Rule, method: str, values: dict[str, Any]) -> tuple[int, str, str]:
    """Status, where to, and the page without what differs in every answer."""
    client = client_of(app, None)
    arguments = {name: values.get(name, "any") for name in rule.arguments} | {"language": "en"}
    path = app.url_map.bind("localhost").build(rule.endpoint, arguments, method=method)
    data = {"csrf_token": token_of(client)} if method != "GET" else None
    response = client.open(path, method=method, data=data)
    body = response.get_data(as_text=True).replace(values["token"], "X")
    return response.status_code, response.location or "", re.sub(r'value="[^"]{40,}"|[0-9a-f]{16}', "", body)


@pytest.mark.causes_mails
def test_a_link_that_is_wrong_ended_or_of_another_kind_opens_what_never_was(app: Flask, world: World) -> None:
    someone = world.person("Amina Example")
    registration = world.registration_link(world.session(CODE), someone)
    links = {"registration": registration, "address": address_link(world, someone), "feed": world.feed_token(someone)}
    own_kind = {"new_address": "address", "take_new_address": "address", "personal_feed_file": "feed"}
    asked = 0
    for rule in rules_of(app, Permission.BY_LINK):
        kind = own_kind.get(rule.endpoint.partition(".")[2], "registration")
        wrong = [world.sign_in_link(someone), *(token for name, token in links.items() if name != kind)]
        for method in methods_of(rule):
            never = answer(app, rule, method, {"token": "A" * 32, "number": 1})
            assert never[0] == (404 if kind == "feed" else 410), rule.endpoint
            for token in wrong:
                assert answer(app, rule, method, {"token": token, "number": 1}) == never, (rule.endpoint, method)
                asked += 1
    assert asked >= 30


@pytest.mark.parametrize("policy", [RegistrationPolicy.OPEN, RegistrationPolicy.APPROVAL])
@pytest.mark.causes_mails
def test_registering_tells_nobody_who_is_known(
    app: Flask, world: World, queries: list[str], policy: RegistrationPolicy
) -> None:
    """The same page, status and headers, and not twice the work, for an address in every state and for a new one."""
    world.session(CODE, policy=policy, meetings=2)
    known = {
        "stranger": None,
        "elsewhere": None,
        **{state.value: state for state in RegistrationState},
    }
    for name, state in known.items():
        if name == "stranger":
            continue
        person = world.person(f"{name} example", email=f"{name}@example.org")
        if state is not None:
            world.registration_link(CODE, person, state=state)

    def ask(name: str, page: str) -> tuple[tuple[object, ...], int]:
        client = client_of(app, None)
        data = {**FORM, "email": f"{name}@example.org", "csrf_token": token_of(client)}
        queries.clear()
        response = client.post(f"/en/sessions/{CODE}/{page}", data=data)
        headers = sorted(set(response.headers.keys()))
        count = len(queries)
        shown = client.get(response.location).get_data(as_text=True)
        return (response.status_code, response.location, tuple(headers), re.sub(r"[0-9a-f]{16}", "", shown)), count

    check_alike(lambda name: ask(name, "register"), list(known))
    check_alike(lambda name: ask(name, "link-again"), list(known))


def check_alike(ask: Callable[[str], tuple[tuple[object, ...], int]], names: list[str]) -> None:
    answers = {name: ask(name) for name in names}
    assert len({answer for answer, _count in answers.values()}) == 1
    counts = {name: count for name, (_answer, count) in answers.items()}
    assert max(counts.values()) <= 2 * min(counts.values()), counts


@pytest.mark.causes_mails
def test_no_public_page_or_file_names_anybody_who_is_registered(app: Flask, world: World) -> None:
    offices = {"EG": "beneficiary"}
    world.session(CODE, offices=offices, meetings=2, capacity=1)
    names = ["Amina Hidden", "Omar Hidden"]
    for name, state in zip(names, (RegistrationState.CONFIRMED, RegistrationState.WAITLISTED), strict=True):
        world.registration_link(CODE, world.person(name), state=state)
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    values = {"language": "en", "code": CODE, "number": 1}
    looked_at = 0
    for rule in app.url_map.iter_rules():
        is_public = declared_permission(app.view_functions[rule.endpoint]) is Permission.PUBLIC
        if not is_public or "GET" not in (rule.methods or ()) or not rule.arguments <= values.keys():
            continue
        path = app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})
        response = client.get(path)
        text = response.get_data(as_text=True).replace("\r\n ", "")
        looked_at += response.status_code == 200
        assert "Hidden" not in text, path
        assert "hidden@example.org" not in text, path
        if rule.endpoint.startswith(("scheduling.", "registrations.")):
            assert "meet.example.org" not in text, path
    assert looked_at >= 10


@pytest.mark.causes_mails
def test_no_log_holds_the_secret_of_a_link(app: Flask, world: World) -> None:
    someone = world.person("Amina Example")
    links = [
        ("registrations", world.registration_link(world.session(CODE), someone)),
        ("address", address_link(world, someone)),
        ("calendar", world.feed_token(someone)),
    ]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root, level = logging.getLogger(), log.level
    log.addHandler(handler)
    root.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        for rule in rules_of(app, Permission.BY_LINK):
            for _kind, token in links:
                for method in methods_of(rule):
                    answer(app, rule, method, {"token": token, "number": 1})
    finally:
        log.removeHandler(handler)
        root.removeHandler(handler)
        log.setLevel(level)
    assert "/calendar/<token>.ics" in {json.loads(line).get("route") for line in written.getvalue().splitlines()}
    assert not [kind for kind, token in links if token in written.getvalue()]


def test_the_web_server_tells_its_failures_without_the_address() -> None:
    from gunicorn.config import Config

    from trainapp.cli.serve import web_command
    from trainapp.cli.server_log import ServerLog

    command = web_command("127.0.0.1", 5000, 1, 1)
    assert command[command.index("--logger-class") + 1] == f"{ServerLog.__module__}.{ServerLog.__name__}"
    assert "--access-logfile" not in command
    written = io.StringIO()
    server = ServerLog(Config())
    server.error_log = logging.Logger("server")
    server.error_log.addHandler(logging.StreamHandler(written))
    try:
        raise ValueError("broken")
    except ValueError:
        server.exception("Error handling request %s", "/en/registrations/SECRET")
    assert "ValueError: broken" in written.getvalue()
    assert "SECRET" not in written.getvalue()
