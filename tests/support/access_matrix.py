"""Who reaches which route, asked of the application with real requests.

`python -m tests.support.access_matrix` prints the table of `docs/access.md` as the code stands now. A row is copied
from there by hand, after reading it: the table is what is meant, the code what is done, and a test compares them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.support.nominated import list_in, named_in, session_by_nomination
from tests.support.own_pages import address_link
from tests.support.people import mailing_in, person_in
from tests.support.world import World
from trainapp.core.access import Role, declared_permission
from trainapp.requests.models import RequestState
from trainapp.scheduling.models import SessionState, Visibility

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "access.md"
OFFICE, OTHER_OFFICE = "KE", "BR"
NOT_ASKED = frozenset({"HEAD", "OPTIONS"})
YEAR, FIGURE = 2021, "webinars"
PAGES_OF_TRAINERS = ("trainer", "edit_trainer", "add_exception", "remove_exception", "renew_trainer_feed")
PAGES_OF_A_PERSON = ("person", "send_link", "send_substitute")
PAGES_OF_AN_OFFICE = ("nominations", "nominate", "nominate_many", "nomination_sheet", "nomination_csv")
PAGES_OF_ONE_NAMED = ("substitute_named", "take_off", "move_named")
PAGES_OF_A_LIST = (
    "nomination_list",
    "confirm_nominations",
    "discard_nominations",
    "mend_nomination",
    "leave_nomination_out",
)


class Answer(StrEnum):
    YES = "yes"
    SIGN_IN = "sign in"
    NO = "no"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Row:
    """One method of one route, and the answer to each reader in the order of the columns."""

    endpoint: str
    method: str
    permission: str
    answers: tuple[str, ...]

    def __str__(self) -> str:
        return "| " + " | ".join((f"`{self.endpoint}`", self.method, self.permission, *self.answers)) + " |"


COLUMNS = (
    "visitor",
    "participant",
    "focal point, own office",
    "focal point, other office",
    "trainer, own session",
    "trainer, other session",
    "coordinator",
    "administrator",
)


class Stage:
    """A world with a reader of every kind, and one record of every kind that somebody owns."""

    def __init__(self, app: Flask) -> None:
        self.app, self.world = app, World(app)
        person = self.world.person
        self.readers: dict[str, str | None] = {
            "visitor": None,
            "participant": person("Pia Participant", language="en"),
            "focal point, own office": person("Olu Own", role=Role.FOCAL_POINT, office=OFFICE),
            "focal point, other office": person("Ola Other", role=Role.FOCAL_POINT, office=OTHER_OFFICE),
            "trainer, own session": person("Tom Teaches", role=Role.TRAINER),
            "trainer, other session": person("Tim Teaches", role=Role.TRAINER),
            "coordinator": person("Cora Coordinates", role=Role.COORDINATOR),
            "administrator": person("Ada Administers", role=Role.ADMINISTRATOR),
        }
        self.owner = str(self.readers["focal point, own office"])
        self.trainer = str(self.readers["trainer, own session"])
        self.mail = self.world.delivered_mail()
        self.world.statement(FIGURE, YEAR)
        self.number = 0

    def arguments(self, rule: Rule) -> dict[str, Any]:
        """A value for every part of a route's address, of records made for this one request."""
        return {name: self._value(rule.endpoint, name) for name in sorted(rule.arguments)}

    def _value(self, endpoint: str, name: str) -> Any:
        self.number += 1
        room = endpoint.partition(".")[0]
        makers = {
            (None, "language"): lambda: "en",
            (None, "number"): lambda: 1,
            (None, "year"): lambda: YEAR,
            (None, "figure_id"): lambda: FIGURE,
            (None, "filename"): lambda: "trainapp.css",
            ("mail", "name"): lambda: self.mail,
            ("accounts", "token"): lambda: self.world.sign_in_link(self._participant()),
            ("registrations", "token"): lambda: self.world.registration_link(self._session(), self._participant()),
            (None, "code"): self._session,
            ("requests", "public_id"): lambda: self._request(endpoint),
            ("requests.attachment", "public_id"): lambda: self.world.attachment(self._request(endpoint), self.owner),
            ("requests.answer", "token"): lambda: self.world.answer_link(self._request(endpoint), self.owner),
            ("requests.answer_file", "public_id"): self._attachment_of_a_request,
            ("requests.answer_file", "token"): lambda: self.world.answer_link(self.request_of_attachment, self.owner),
            ("accounts.claim", "token"): lambda: self.world.claim(OFFICE, self._participant())[1],
            ("accounts.confirm_claim", "token"): lambda: self.world.claim(OFFICE, self._participant())[1],
            ("accounts", "code"): lambda: OFFICE,
            ("accounts", "public_id"): lambda: self.world.claim(OFFICE, self._participant(), confirmed=True)[0],
            ("accounts.focal_point", "public_id"): lambda: self.owner,
            ("desks", "code"): lambda: OFFICE,
            ("desks", "mail_id"): lambda: self.world.dead_mail(),
            ("desks", "public_id"): lambda: self.world.contact(OFFICE),
            **{(f"scheduling.{page}", "public_id"): lambda: self.trainer for page in PAGES_OF_TRAINERS},
            ("scheduling.remove_exception", "entry_id"): lambda: self.world.trainer_days(self.trainer),
            ("registrations.personal_feed_file", "token"): lambda: self.world.feed_token(self.trainer),
            ("registrations.new_address", "token"): lambda: address_link(self.world, self._participant()),
            ("registrations.take_new_address", "token"): lambda: address_link(self.world, self._participant()),
            ("scheduling.propose", "public_id"): lambda: self._request(endpoint),
            ("scheduling.material_file", "code"): self._session_with_material,
            ("scheduling.material_file", "public_id"): lambda: self.material,
            ("scheduling.take_material_away", "code"): self._session_with_material,
            ("scheduling.take_material_away", "public_id"): lambda: self.material,
            ("registrations.material_file", "public_id"): self._material_of_a_session,
            ("registrations.material_file", "token"): lambda: self.world.registration_link(
                self.session_of_material, self._participant()
            ),
            **{(f"registrations.{page}", "code"): self._session_with_person for page in PAGES_OF_A_PERSON},
            **{(f"registrations.{page}", "public_id"): lambda: self.person for page in PAGES_OF_A_PERSON},
            ("registrations.mailing", "code"): self._session_with_mailing,
            ("registrations.reinstate_session", "code"): self._cancelled_session,
            ("registrations.mailing", "public_id"): lambda: self.mailing,
            **{(f"registrations.{page}", "code"): self._session_by_nomination for page in PAGES_OF_AN_OFFICE},
            **{(f"registrations.{page}", "code"): self._session_with_named for page in PAGES_OF_ONE_NAMED},
            **{(f"registrations.{page}", "public_id"): lambda: self.named for page in PAGES_OF_ONE_NAMED},
            **{(f"registrations.{page}", "code"): self._session_with_list for page in PAGES_OF_A_LIST},
            **{(f"registrations.{page}", "public_id"): lambda: self.list for page in PAGES_OF_A_LIST},
        }
        make = makers.get((endpoint, name)) or makers.get((room, name)) or makers.get((None, name))
        if make is None:
            raise KeyError(f"say in tests/support/access_matrix.py what stands for <{name}> in {endpoint}")
        return make()

    def _session_with_material(self) -> str:
        self.session_of_material = self._session()
        self.material = self.world.material(self.session_of_material, visibility=Visibility.PUBLIC)
        return self.session_of_material

    def _material_of_a_session(self) -> str:
        self._session_with_material()
        return self.material

    def _session_with_person(self) -> str:
        session = self._session()
        self.person = person_in(self.world, session, self._participant())
        return session

    def _session_by_nomination(self) -> str:
        return session_by_nomination(self.world, f"2027-ST26-EN-{self.number:04d}", OFFICE, self.trainer)

    def _session_with_named(self) -> str:
        session = self._session_by_nomination()
        self.named = named_in(self.world, session, self._participant(), OFFICE, self.owner)
        return session

    def _session_with_list(self) -> str:
        session = self._session_by_nomination()
        self.list = list_in(self.world, session, OFFICE, self.owner)
        return session

    def _session_with_mailing(self) -> str:
        session = self._session()
        self.mailing = mailing_in(self.world, session)
        return session

    def _attachment_of_a_request(self) -> str:
        self.request_of_attachment = self._request("requests.attachment")
        return self.world.attachment(self.request_of_attachment, self.owner)

    def _participant(self) -> str:
        return str(self.readers["participant"])

    def _session(self) -> str:
        return self.world.session(f"2027-ST26-EN-{self.number:04d}", trainer=self.trainer)

    def _cancelled_session(self) -> str:
        code = f"2027-ST26-EN-{self.number:04d}"
        return self.world.session(code, trainer=self.trainer, state=SessionState.CANCELLED)

    def _request(self, endpoint: str) -> str:
        is_draft = endpoint == "requests.edit_request"
        state = RequestState.DRAFT if is_draft else RequestState.SUBMITTED
        return self.world.request(OFFICE, self.owner, state=state)


def walk(app: Flask) -> list[Row]:
    """Ask every route for every method as every reader."""
    stage = Stage(app)
    rows = [
        Row(rule.endpoint, method, permission_of(app, rule), tuple(ask_all(stage, rule, method)))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if method not in NOT_ASKED
    ]
    return sorted(rows, key=lambda row: (row.endpoint, row.method))


def permission_of(app: Flask, rule: Rule) -> str:
    return str(declared_permission(app.view_functions[rule.endpoint]) or "undeclared")


def undeclared(app: Flask) -> list[str]:
    """Routes that do not say who may use them."""
    return sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if declared_permission(app.view_functions[rule.endpoint]) is None
    )


def ask_all(stage: Stage, rule: Rule, method: str) -> list[str]:
    """Each reader's answer. What a GET shows stays as it is, so all may look at the same record."""
    shared = stage.arguments(rule) if method == "GET" else None
    return [ask(stage, rule, method, reader, shared) for reader in COLUMNS]


def ask(stage: Stage, rule: Rule, method: str, reader: str, arguments: dict[str, Any] | None = None) -> str:
    """One reader's answer, on records made for this one request unless `arguments` name some."""
    client = client_of(stage.app, stage.readers[reader])
    path = stage.app.url_map.bind("localhost").build(rule.endpoint, arguments or stage.arguments(rule), method=method)
    data = {"csrf_token": token_of(client)} if method != "GET" else None
    response = client.open(path, method=method, data=data)
    response.close()
    return answer_of(response.status_code, response.location or "", f"{method} {path} as {reader}")


def client_of(app: Flask, public_id: str | None) -> FlaskClient:
    """A plain client: that pages are right is looked at elsewhere."""
    client = FlaskClient(app, app.response_class)
    if public_id is not None:
        with client.session_transaction() as session:
            session["_user_id"] = public_id
            session["_fresh"] = True
    return client


def token_of(client: FlaskClient) -> str:
    page = client.get("/en/sign-in").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, "the sign-in page has no token"
    return found[1]


def answer_of(status: int, location: str, what: str) -> str:
    """What a status means for access. A form that is not right was reached, so that is a yes."""
    if status == 401 or (300 <= status < 400 and re.search(r"/sign-in(\?|$)", location)):
        return Answer.SIGN_IN
    if status == 403:
        return Answer.NO
    if status == 404:
        return Answer.HIDDEN
    if status < 400 or status in (400, 409, 410, 422):
        return Answer.YES
    raise AssertionError(f"{what} was answered with {status}")


def table(rows: Iterable[Row]) -> str:
    head = ("Route", "Method", "Permission", *COLUMNS)
    return "\n".join(
        ("| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *(str(row) for row in rows)),
    )


def written_rows(document: Path = DOCUMENT) -> list[Row]:
    """The rows of the table in the document."""
    rows = []
    for line in document.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if line.startswith("| `") and len(cells) == len(COLUMNS) + 3:
            rows.append(Row(cells[0].strip("`"), cells[1], cells[2], tuple(cells[3:])))
    return rows


def main() -> None:
    from tempfile import TemporaryDirectory

    from tests.conftest import load_reference_data, make_app

    with TemporaryDirectory() as folder:
        app = make_app(f"sqlite:///{folder}/matrix.sqlite3", Path(folder))
        with app.app_context():
            load_reference_data()
        print(table(walk(app)))


if __name__ == "__main__":
    main()
