"""No office meets anything of another's requests, by any address, link, parameter or filter of this room.

Every route is asked with what belongs to Kenya and with names of nothing at all: the answers must be the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.requests.answers import answers
from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import found, offer, offered, rows_for, standing_ids
from tests.support import samples
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.models import MailedLink
from trainapp.core.access import Permission, declared_permission
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.files.models import StoredFile
from trainapp.files.service import Upload
from trainapp.requests.models import RequestEvent, RequestState, Slot, Step, TrainingRequest
from trainapp.requests.service import take_step

pytestmark = pytest.mark.causes_mails

NOTHING = "not-there-at-all"
SECRETS = ("Secret audience", "Secret words", "Secret needs", "secret.pdf", "Office Example", "Kenya", "Nairobi")
VARIES = re.compile(r'(name="(?:csrf_token|key)"[^>]*value=")[^"]*|(<p class="quiet">)[^<]*|(id="flash[^"]*")')


@dataclass(frozen=True)
class Theirs:
    """What the office of Kenya has, by public ids and by secrets of links."""

    request: str
    draft: str
    slot: str
    file: str
    token: str

    def ids(self) -> tuple[str, ...]:
        return self.request, self.draft, self.slot, self.file


@pytest.fixture
def theirs(app: Flask, desk: Desk, world: World) -> Theirs:
    draft = desk.request(RequestState.DRAFT, needs="Secret needs", audience="Secret audience")
    public_id = offered(desk, offer(), needs="Secret needs", audience="Secret audience")
    with writing(app):
        request = found(public_id)
        files = [Upload("secret.pdf", samples.pdf())]
        take_step(person(desk.office), request, Step.COMMENT, "Secret words", files=files)
    with app.app_context():
        file = db.session.scalars(select(StoredFile.public_id)).one()
    (slot,) = standing_ids(app, public_id)
    return Theirs(public_id, draft, slot, file, world.answer_link(public_id, desk.office))


def rules_of(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("requests.")]


def addresses(app: Flask, public_id: str, token: str) -> Iterator[tuple[str, str]]:
    """Each method and address of the room, of one thing, opened with a link where a link opens it."""
    values = {"language": "en", "public_id": public_id, "token": token}
    for rule in rules_of(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            arguments = {name: values[name] for name in rule.arguments}
            yield method, app.url_map.bind("localhost").build(rule.endpoint, arguments, method=method)


def asked(client: CheckingClient, token: str, method: str, address: str, data: dict[str, str]) -> tuple[int, str]:
    """Status and page of one request, without what differs from page to page."""
    sent = {"csrf_token": token, **data} if method == "POST" else None
    response = client.open(address, method=method, data=sent)
    return response.status_code, VARIES.sub("", response.get_data(as_text=True) + (response.location or ""))


def snapshot(app: Flask) -> list[object]:
    """All that a request consists of, to see that nothing moved."""
    with app.app_context():
        requests = db.session.execute(
            select(TrainingRequest.id, TrainingRequest.state, TrainingRequest.version).order_by(TrainingRequest.id)
        ).all()
        events = db.session.scalars(select(RequestEvent.id)).all()
        chosen = db.session.execute(select(Slot.id, Slot.chosen_by_id)).all()
        used = db.session.scalars(select(MailedLink.used_at)).all()
        db.session.rollback()
    return [requests, sorted(events), sorted(chosen, key=str), used]


def test_by_no_address_and_no_id(app: Flask, desk: Desk, theirs: Theirs, world: World, client: CheckingClient) -> None:
    """Signed in for another office: each id, at each place an id may stand, is as good as one that never was."""
    own_link = world.answer_link(world.request("EG", desk.other_office), desk.other_office)
    client.sign_in(desk.other_office)
    token, before = client.token(), snapshot(app)
    steps = [{"step": step.value, "comment": "x", "version": "3", "chosen": theirs.slot} for step in Step]
    for public_id in theirs.ids():
        pairs = zip(addresses(app, public_id, own_link), addresses(app, NOTHING, own_link), strict=True)
        for (method, real), (_method, empty) in pairs:
            if public_id not in real:
                continue  # an address without an id: looked at below
            for data in steps if real.endswith("/steps") else [{"version": "1", **answers()}]:
                got = asked(client, token, method, real, data)
                nothing = asked(client, token, method, empty, data)
                assert got[0] == nothing[0], (method, real, data)
                assert got[1].replace(public_id, NOTHING) == nothing[1], (method, real, data)
                assert got[0] in (403, 404), (method, real)
    assert snapshot(app) == before


def test_by_no_parameter_and_no_filter(app: Flask, desk: Desk, theirs: Theirs, client: CheckingClient) -> None:
    client.sign_in(desk.other_office)
    names = ("copy", "office", "state", "page", "course", "public_id", "request", "with", "key", "id", "assigned")
    for address in ("/en/requests", "/en/requests/new"):
        for name in names:
            for value in (*theirs.ids(), "KE", "proposed", "draft", "1", f"R-{now().year}-0001"):
                response = client.get(f"{address}?{name}={value}")
                assert response.status_code in (200, 404), (address, name, value)
                page = response.get_data(as_text=True)
                shown = [secret for secret in SECRETS[:5] if secret in page]
                assert shown == [], (address, name, value)
                body = page.partition("<main")[2].partition("</main>")[0]
                in_form = body.replace(f'value="{value}"', "")
                assert not [each for each in theirs.ids() if each in in_form], (address, name, value)


def test_what_is_sent_with_another_offices_ids_takes_nothing_from_it(
    app: Flask, desk: Desk, theirs: Theirs, world: World, client: CheckingClient
) -> None:
    """Its slot agreed to for one's own request, its draft written over, its request copied."""
    own = world.request("EG", desk.other_office, state=RequestState.PROPOSED)
    client.sign_in(desk.other_office)
    before = snapshot(app)
    step = {"chosen": theirs.slot, "version": "1"}
    nothing = client.submit(f"/en/requests/{own}/steps", step | {"chosen": NOTHING})
    taken = client.submit(f"/en/requests/{own}/steps", step)
    assert taken.status_code == nothing.status_code == 409
    assert "Secret" not in taken.get_data(as_text=True)
    for public_id in (theirs.draft, theirs.request):
        for address in ("/en/requests/new", "/en/requests/drafts"):
            sent = answers(key=public_id, copied_from=public_id, version="1", keep="yes", office="EG")
            response = client.submit(address, sent)
            assert not [secret for secret in SECRETS[:5] if secret in response.get_data(as_text=True)]
    ours = {row[0]: row for row in before[0]}  # type: ignore[attr-defined]
    after = {row[0]: row for row in snapshot(app)[0]}  # type: ignore[attr-defined]
    assert {number: after[number] for number in ours} == ours
    with app.app_context():
        kenya = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id.in_(theirs.ids()))).all()
        assert {request.office.code for request in kenya} == {"KE"}
        copies = select(TrainingRequest).where(TrainingRequest.copied_from_id.in_([each.id for each in kenya]))
        assert db.session.scalars(copies).all() == []


def test_by_no_link(app: Flask, desk: Desk, theirs: Theirs, world: World, client: CheckingClient) -> None:
    """A link of one's own opens one's own request alone; a link to sign in, or of another kind, opens none."""
    own = world.request("EG", desk.other_office, state=RequestState.PROPOSED)
    own_link = world.answer_link(own, desk.other_office)
    before = snapshot(app)
    page = client.get(f"/en/requests/answer/{own_link}").get_data(as_text=True)
    assert not [secret for secret in SECRETS if secret in page]
    real = client.get(f"/en/requests/answer/{own_link}/files/{theirs.file}")
    never = client.get(f"/en/requests/answer/{own_link}/files/{NOTHING}")
    assert real.status_code == never.status_code == 404
    assert client.get(f"/en/requests/answer/{theirs.token}/files/{theirs.file}").status_code == 200
    response = client.submit(f"/en/requests/answer/{own_link}", {"chosen": theirs.slot, "version": "1"})
    assert response.status_code == 409
    by_link = [
        rule for rule in rules_of(app) if declared_permission(app.view_functions[rule.endpoint]) is Permission.BY_LINK
    ]
    assert len(by_link) == 2
    for wrong in (world.sign_in_link(desk.other_office), theirs.request, NOTHING, theirs.token[:-1]):
        for method, address in addresses(app, theirs.file, wrong):
            if "/answer/" in address:
                status, text = asked(client, client.token(), method, address, rows_for(offer()) | {"step": "counter"})
                assert status == 410, address
                assert not [secret for secret in SECRETS if secret in text]
    assert snapshot(app)[:3] == before[:3]


def test_a_link_made_for_another_offices_request_is_nobodys(
    app: Flask, desk: Desk, theirs: Theirs, world: World, client: CheckingClient
) -> None:
    """Even a link with the right scope opens nothing for a person who does not speak for that office."""
    for stranger in (desk.other_office, desk.trainer, desk.coordinator):
        address = f"/en/requests/answer/{world.answer_link(theirs.request, stranger)}"
        assert client.get(address).status_code == 410
        assert client.submit(address, {"chosen": theirs.slot, "version": "3"}).status_code == 410
        assert client.get(f"{address}/files/{theirs.file}").status_code == 410


def test_the_walk_finds_a_door_that_is_open(app: Flask, desk: Desk, theirs: Theirs, client: CheckingClient) -> None:
    """The same walk as the office itself meets its secrets, so the walk above would see them."""
    client.sign_in(desk.office)
    token = client.token()
    seen = {secret for method, address in addresses(app, theirs.request, theirs.token) if method == "GET"
            for secret in SECRETS if secret in asked(client, token, method, address, {})[1]}  # fmt: skip
    assert seen == set(SECRETS)
