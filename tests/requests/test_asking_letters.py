"""What a coordinator enters for an office that wrote, with the original; and files, however they come."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.requests.answers import letter
from tests.requests.conftest import Desk
from tests.requests.test_asking import nothing_is_kept, only_request
from tests.support import samples
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.files.limits import LARGEST_REQUEST_WITH_FILES
from trainapp.files.models import StoredFile
from trainapp.files.service import LARGEST_FILE
from trainapp.requests.models import Channel, RequestAttachment, RequestState

pytestmark = pytest.mark.causes_mails

REFERENCE = re.compile(r"\b[0-9a-f]{16}\b")
"""What an error page calls itself, for those who ask about it."""
NAME = "رسالة المكتب 2026.pdf"


def upload(content: bytes, name: str = "letter.pdf") -> tuple[BytesIO, str]:
    return BytesIO(content), name


def send(client: CheckingClient, path: str, data: dict[str, Any]) -> TestResponse:
    """Send a form with large files. The test client keeps its body on disk and leaves it open."""
    response = client.submit(path, data)
    response.request.environ["wsgi.input"].close()
    return response


def stored(app: Flask) -> list[StoredFile]:
    with app.app_context():
        return list(db.session.scalars(select(StoredFile)))


def test_a_coordinator_enters_a_letter(app: Flask, desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.coordinator)
    received = today() - timedelta(days=9)
    response = client.submit("/en/requests/new", letter() | {"received_on": str(received)})
    assert response.status_code == 302
    request = only_request(app)
    assert request.state is RequestState.SUBMITTED
    assert request.channel is Channel.LETTER
    assert request.received_on == received
    assert [mail.recipient for mail in world.mails()] == ["other.example@example.org"]


def test_the_original_is_kept_and_both_sides_can_save_it(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    client.submit("/en/requests/new", letter(files=[upload(samples.pdf(), NAME), upload(samples.png(), "page 2.png")]))
    request = only_request(app)
    with app.app_context():
        originals = list(db.session.scalars(select(RequestAttachment).order_by(RequestAttachment.id)))
        assert [(each.is_original, each.file.name) for each in originals] == [(True, NAME), (True, "page 2.png")]
        assert {each.event.request_id for each in originals} == {request.id}
        public_id = originals[0].file.public_id
    for reader in (desk.coordinator, desk.other_office):
        client.sign_in(reader)
        response = client.get(f"/en/requests/attachments/{public_id}")
        assert response.status_code == 200
        assert response.data == samples.pdf()
        headers = response.headers
        assert headers["Content-Type"] == "application/pdf"
        assert headers["Content-Disposition"].startswith("attachment;")
        assert "filename*=UTF-8''%D8%B1%D8%B3%D8%A7%D9%84%D8%A9" in headers["Content-Disposition"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert len(headers.getlist("Content-Security-Policy")) == 1


def test_nobody_else_gets_a_file(app: Flask, desk: Desk, client: CheckingClient, world: World) -> None:
    public_id = world.attachment(desk.request(), desk.office)
    path = f"/en/requests/attachments/{public_id}"
    client.sign_in(desk.other_office)
    hidden, unknown = client.get(path), client.get("/en/requests/attachments/not-there")
    assert hidden.status_code == unknown.status_code == 404
    hidden_page, unknown_page = (REFERENCE.sub("", each.get_data(as_text=True)) for each in (hidden, unknown))
    assert hidden_page.replace(public_id, "not-there") == unknown_page
    client.sign_in(desk.trainer)
    assert client.get(path).status_code == 403
    client.sign_in(desk.office)
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200


def test_a_file_of_a_draft_is_its_offices_own(desk: Desk, client: CheckingClient, world: World) -> None:
    public_id = world.attachment(desk.request(RequestState.DRAFT), desk.office)
    client.sign_in(desk.coordinator)
    assert client.get(f"/en/requests/attachments/{public_id}").status_code == 404


WRONG_LETTERS: list[tuple[dict[str, Any], str]] = [
    ({"office": ""}, "office"),
    ({"office": "XXQ"}, "office"),
    ({"channel": "office"}, "channel"),
    ({"channel": "pigeon"}, "channel"),
    ({"received_on": ""}, "received_on"),
    ({"received_on": "2020-13-45"}, "received_on"),
    ({"received_on": "9999-01-01"}, "received_on"),
    ({"received_on": "0001-01-01"}, "received_on"),
    ({"audience": "Examiners of marks", "people": "0"}, "people"),
]


def test_a_letter_with_a_mistake_is_not_taken(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    for changes, field in WRONG_LETTERS:
        response = client.submit("/fr/requests/new", letter() | changes)
        assert response.status_code == 422, changes
        assert f'id="{field}-error"' in response.get_data(as_text=True), changes
        assert "Examiners of marks" in response.get_data(as_text=True), changes
    assert nothing_is_kept(app)


def test_a_file_that_is_not_taken_is_named_and_nothing_typed_is_lost(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    client.sign_in(desk.coordinator)
    wrong = [
        ([upload(b"MZ\x90\x00 program", "letter.pdf")], "The file letter.pdf is not taken"),
        ([upload(b"", "empty.pdf")], "The file empty.pdf is empty."),
        ([upload(samples.pdf()), upload(samples.png() + b" " * LARGEST_FILE, "scan.png")], "scan.png is larger than"),
        ([upload(samples.png())] * 6, "at most 5 files"),
        ([upload(samples.pdf()), upload(b"<script>", "<script>.html")], "The file -script-.html is not taken"),
    ]
    for files, words in wrong:
        again = [(BytesIO(stream.getvalue()), name) for stream, name in files]
        response = send(client, "/en/requests/new", letter(files=again))
        page = response.get_data(as_text=True)
        assert response.status_code == 422, words
        assert words in page
        assert 'id="files-error"' in page
        assert "Examiners of marks" in page
    assert nothing_is_kept(app)
    assert stored(app) == []


def test_a_request_beyond_every_limit_is_refused_in_the_readers_language(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    client.sign_in(desk.coordinator)
    response = send(client, "/fr/requests/new", letter(files=[upload(bytes(LARGEST_REQUEST_WITH_FILES), "huge.pdf")]))
    assert response.status_code == 413
    assert client.tree is not None
    assert client.tree.get("lang") == "fr"
    assert nothing_is_kept(app)


def test_other_routes_and_strangers_keep_the_small_limit(app: Flask, desk: Desk, client: CheckingClient) -> None:
    three_megabytes = samples.pdf() + bytes(3 * 1024 * 1024)
    answer = send(client, "/en/requests/new", letter(files=[upload(three_megabytes)]))
    assert answer.status_code == 413, "who is not signed in"
    client.sign_in(desk.office)
    for path in ("/en/requests/drafts", "/en/sign-in", f"/en/requests/{desk.request()}/discard"):
        assert send(client, path, {"files": upload(three_megabytes)}).status_code == 413, path


def test_words_in_place_of_a_file_are_no_file(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    assert client.submit("/en/requests/new", letter(files="C:\\letter.pdf")).status_code == 302
    assert client.submit("/en/requests/new", letter(files=[upload(b"", "")])).status_code == 302
    assert stored(app) == []


def test_an_office_sends_no_original(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    page = client.get("/en/requests/new").get_data(as_text=True)
    assert 'type="file"' not in page
    assert client.submit("/en/requests/new", letter(files=[upload(samples.pdf())])).status_code == 302
    assert only_request(app).channel is Channel.OFFICE
    assert stored(app) == []


def test_a_letter_sent_twice_makes_one_request(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.coordinator)
    for _press in range(2):
        answer = client.submit("/en/requests/new", letter(key="l" * 16, files=[upload(samples.pdf())]))
        assert answer.location == f"/en/requests/{'l' * 16}"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RequestAttachment)) == 1
    assert only_request(app).state is RequestState.SUBMITTED
