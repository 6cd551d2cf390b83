"""House rule 2: every route declares who may use it, and who reaches it is what `docs/access.md` says."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import make_app
from tests.support import access_matrix
from tests.support.access_matrix import COLUMNS, Answer, Row, Stage, answer_of, ask, client_of, token_of, walk
from tests.support.world import World, person_of
from trainapp.accounts.models import RoleGrant
from trainapp.core.access import OPEN_TO_ALL, PERMISSIONS_OF, Permission, Role, access, declared_permission
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import SessionState


@pytest.fixture
def fresh_app(tmp_path: Path) -> Flask:
    """An application nobody else uses, for planting routes in."""
    return make_app(f"sqlite:///{tmp_path / 'fresh.sqlite3'}", tmp_path)


def test_every_route_declares_who_may_use_it(fresh_app: Flask) -> None:
    assert access_matrix.undeclared(fresh_app) == []


def test_a_route_that_declares_nothing_is_found_and_refused(fresh_app: Flask) -> None:
    fresh_app.add_url_rule("/planted", "planted", lambda: "secret")
    assert access_matrix.undeclared(fresh_app) == ["planted"]
    response = fresh_app.test_client().get("/planted")
    assert response.status_code == 403
    assert b"secret" not in response.data


@pytest.mark.causes_mails
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # who may is decided before any database differs
def test_who_reaches_what_is_what_is_written(app: Flask) -> None:
    done, meant = walk(app), access_matrix.written_rows()
    print(access_matrix.table(row for row in done if row not in meant))
    assert [row for row in done if row not in meant] == [], "routes that answer other than docs/access.md says"
    assert [row for row in meant if row not in done] == [], "rows of docs/access.md that no route answers to"


def test_a_row_reads_as_it_is_written(tmp_path: Path) -> None:
    row = Row("room.view", "GET", "public", tuple("yes" for _column in COLUMNS))
    document = tmp_path / "access.md"
    document.write_text(f"Words.\n\n{access_matrix.table([row])}\n\n| other | table |\n")
    assert access_matrix.written_rows(document) == [row]
    assert access_matrix.written_rows(document) != [replace(row, permission="signed_in")]


def test_a_planted_door_shows_in_the_matrix(fresh_app: Flask) -> None:
    from tests.conftest import load_reference_data

    with fresh_app.app_context():
        load_reference_data()
    fresh_app.add_url_rule("/planted", "planted", access(Permission.COORDINATE)(lambda: "done"))
    [rule] = [rule for rule in fresh_app.url_map.iter_rules() if rule.endpoint == "planted"]
    stage = Stage(fresh_app)
    assert [ask(stage, rule, "GET", who) for who in COLUMNS] == ["sign in", *["no"] * 5, "yes", "yes"]


@pytest.mark.parametrize(
    ("status", "location", "answer"),
    [
        (200, "", Answer.YES),
        (302, "/en/desk", Answer.YES),
        (302, "/en/sign-in?next=/en/desk", Answer.SIGN_IN),
        (302, "/en/sign-in/sent", Answer.YES),
        (401, "", Answer.SIGN_IN),
        (403, "", Answer.NO),
        (404, "", Answer.HIDDEN),
        (422, "", Answer.YES),
    ],
)
def test_what_a_status_means(status: int, location: str, answer: str) -> None:
    assert answer_of(status, location, "a request") == answer


@pytest.mark.parametrize("status", [405, 429, 500, 503])
def test_an_answer_that_says_nothing_about_access_fails(status: int) -> None:
    with pytest.raises(AssertionError):
        answer_of(status, "", "a request")


def test_every_permission_but_the_open_ones_is_of_some_role_or_declared_apart() -> None:
    granted = set().union(*PERMISSIONS_OF.values())
    assert set(Permission) == granted | OPEN_TO_ALL | {Permission.SIGNED_IN, Permission.READ_MAILBOX}


@pytest.mark.causes_mails
def test_a_link_that_opens_nothing_is_gone_for_everybody(app: Flask, world: World) -> None:
    """A made-up secret, and a secret that opens something else: the same answer."""
    stage = Stage(app)
    participant = str(stage.readers["participant"])
    other_way = {
        "accounts": lambda: world.registration_link(world.session("2027-IPC-EN-77"), participant),
        "registrations": lambda: world.sign_in_link(participant),
        "requests": lambda: world.sign_in_link(participant),
        "scheduling": lambda: world.sign_in_link(participant),
    }
    secrets = {room: ["A" * 32, make()] for room, make in other_way.items()}
    statuses = {}
    for rule in app.url_map.iter_rules():
        if declared_permission(app.view_functions[rule.endpoint]) is not Permission.BY_LINK:
            continue
        for method in sorted((rule.methods or set()) - access_matrix.NOT_ASKED):
            for secret in secrets[rule.endpoint.partition(".")[0]]:
                client = client_of(app, None)
                arguments = dict.fromkeys(rule.arguments, "any") | {"language": "en", "number": 1, "token": secret}
                path = app.url_map.bind("localhost").build(rule.endpoint, arguments, method=method)
                data = {"csrf_token": token_of(client)} if method != "GET" else None
                statuses[f"{method} {rule.endpoint}"] = client.open(path, method=method, data=data).status_code
    assert len(statuses) >= 6
    assert statuses.pop("GET registrations.personal_feed_file") == 404, "a calendar program understands nothing else"
    assert set(statuses.values()) == {410}, statuses


def test_a_draft_session_is_hidden_from_all_who_do_not_plan_or_teach_it(app: Flask, world: World) -> None:
    stage = Stage(app)
    code = world.session("2027-ST26-EN-99", state=SessionState.DRAFT, trainer=stage.trainer)
    seen = []
    for rule in app.url_map.iter_rules():
        is_public = declared_permission(app.view_functions[rule.endpoint]) is Permission.PUBLIC
        if not is_public or "code" not in rule.arguments:
            continue
        for reader in ("visitor", "participant", "focal point, own office", "trainer, other session"):
            arguments = {**stage.arguments(rule), "code": code}
            path = app.url_map.bind("localhost").build(rule.endpoint, arguments, method="GET")
            status = client_of(app, stage.readers[reader]).get(path).status_code
            if status != 404:
                seen.append(f"{rule.endpoint} as {reader}: {status}")
    assert seen == []


def test_a_role_gives_nothing_before_its_first_and_after_its_last_day(app: Flask, world: World) -> None:
    day = timedelta(days=1)
    for first, last, status in (
        (today() - day, today(), 200),
        (today() + day, None, 403),
        (today() - 9 * day, today() - day, 403),
    ):
        someone = world.person(f"Cora {first} {last}")
        with app.app_context(), unit_of_work():
            person = person_of(someone)
            db.session.add(RoleGrant(person_id=person.id, role=Role.COORDINATOR, valid_from=first, valid_to=last))
        assert client_of(app, someone).get("/en/planning").status_code == status


def test_the_mailbox_is_not_there_where_mail_goes_to_the_network(tmp_path: Path) -> None:
    app = make_app(
        f"sqlite:///{tmp_path / 'a.sqlite3'}",
        tmp_path,
        TRAINAPP_MAIL_URL="smtp://127.0.0.1:2525",
        TRAINAPP_BASE_URL="https://trainings.example.org",
    )
    paths = ["/en/mailbox", "/en/mailbox/000001-a", "/en/mailbox/000001-a/html", "/en/mailbox/000001-a/attachments/1"]
    with app.app_context():
        from flask_migrate import upgrade

        upgrade()
    client = app.test_client()
    assert [client.get(path).status_code for path in paths] == [404] * 4
    assert b"/mailbox" not in client.get("/en/").data
