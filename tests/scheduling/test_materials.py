"""Materials and recordings: who adds them, who sees and gets which, and that nothing else does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.scheduling.test_catalogue import change, text_of, words_of
from tests.scheduling.test_planning import value_of
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.files.models import StoredFile
from trainapp.files.service import LARGEST_FILE
from trainapp.registrations.models import RegistrationState
from trainapp.scheduling.models import SessionMaterial, SessionState, Visibility
from trainapp.scheduling.service import session_by_code

CODE = "2027-ST26-EN-01"
PAGE = f"/en/sessions/{CODE}/materials"
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


@pytest.fixture
def session(world: World, trainer: str) -> str:
    return world.session(CODE, trainer=trainer, revised_at=datetime(2026, 1, 1, tzinfo=UTC))


def form(content: Any = PDF, name: str = "slides.pdf", **changes: Any) -> dict[str, Any]:
    upload = {"upload": (BytesIO(content), name)} if content is not None else {}
    return {
        "kind": "material",
        "title": "Slides of the first day",
        "written_in": "fr",
        "visibility": "registered",
        "url": "",
        **upload,
        **changes,
    }


def materials_kept(app: Flask) -> list[SessionMaterial]:
    with app.app_context():
        return list(db.session.scalars(select(SessionMaterial).order_by(SessionMaterial.id)))


def test_a_trainer_adds_a_file_and_takes_it_away(
    client: CheckingClient, app: Flask, trainer: str, session: str
) -> None:
    client.sign_in(trainer)
    assert PAGE in text_of(client, f"/en/sessions/{CODE}")
    assert "Nothing is here yet" in words_of(client) or text_of(client, PAGE)
    response = client.submit(PAGE, form())
    assert response.status_code == 302
    text_of(client, PAGE)
    words = words_of(client)
    assert "Who gets it: People with a confirmed seat" in words
    assert "Slides of the first day" in words
    assert "French" in words
    assert "PDF" in words
    [material] = materials_kept(app)
    answer = client.get(f"{PAGE}/{material.public_id}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.submit(f"{PAGE}/{material.public_id}/remove").status_code == 302
    text_of(client, PAGE)
    assert "Who got it until now: People with a confirmed seat" in words_of(client)
    assert client.get(f"{PAGE}/{material.public_id}").status_code == 404
    assert client.submit(f"{PAGE}/{material.public_id}/remove").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(StoredFile)).all() == [], "the file goes with it"
        acts = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert acts == ["material added", "material removed"]


def test_an_address_elsewhere_is_enough(client: CheckingClient, app: Flask, trainer: str, session: str) -> None:
    client.sign_in(trainer)
    data = form(None, kind="recording", written_in="", visibility="public", url="https://video.example.org/1?a=b")
    assert client.submit(PAGE, data).status_code == 302
    [material] = materials_kept(app)
    assert (material.language, material.file_id, material.url) == (None, None, "https://video.example.org/1?a=b")
    assert client.get(f"{PAGE}/{material.public_id}").status_code == 404, "there is no file of ours"
    client.sign_in("nobody")
    assert "https://video.example.org/1?a=b" in text_of(client, f"/en/sessions/{CODE}").replace("&amp;", "&")


def test_a_material_of_a_draft_and_of_the_past(client: CheckingClient, app: Flask, trainer: str, session: str) -> None:
    client.sign_in(trainer)
    for state in (SessionState.DRAFT, SessionState.DELIVERED, SessionState.CANCELLED):
        change(app, CODE, state=state)
        assert client.submit(PAGE, form()).status_code == 302, state
    assert len(materials_kept(app)) == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Please fill this in."),
        ({"title": "a\nb"}, "on one line"),
        ({"title": "x" * 201}, "at most 200"),
        ({"url": "http://video.example.org"}, "begins with https://"),
        ({"url": "javascript:alert(1)"}, "begins with https://"),
        ({"kind": "hat"}, "Not a valid choice."),
        ({"visibility": "all"}, "Not a valid choice."),
        ({"written_in": "xx"}, "Not a valid choice."),
        ({"content": None}, "Choose a file, or give the address where it is."),
        ({"content": b""}, "is empty"),
        ({"content": b"MZ\x90\x00", "name": "slides.pdf"}, "is not taken"),
    ],
)
def test_faults_keep_what_was_typed(
    client: CheckingClient, app: Flask, trainer: str, session: str, changes: dict[str, Any], sentence: str
) -> None:
    client.sign_in(trainer)
    data = form(**{"url": "", **changes})
    assert client.submit(PAGE, data).status_code == 422
    assert sentence in words_of(client)
    assert value_of(client, "title") == data["title"]
    assert materials_kept(app) == []


def test_a_file_that_is_too_large_is_named(client: CheckingClient, app: Flask, trainer: str, session: str) -> None:
    client.sign_in(trainer)
    large = FileStorage(BytesIO(PDF + b" " * LARGEST_FILE), "slides.pdf")
    data = {**form(None), "upload": large, "csrf_token": client.token()}
    # As bytes: what the client itself would keep in a temporary file, it does not close.
    boundary, body = encode_multipart(data)
    response = client.post(PAGE, data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert response.status_code == 422
    assert "The file slides.pdf is larger than 10 MB." in words_of(client)
    assert value_of(client, "title") == "Slides of the first day"
    assert materials_kept(app) == []


def test_a_second_file_is_refused_not_lost(client: CheckingClient, app: Flask, trainer: str, session: str) -> None:
    client.sign_in(trainer)
    files = [(BytesIO(PDF), "one.pdf"), (BytesIO(PDF), "two.pdf")]
    assert client.submit(PAGE, form(None, upload=files)).status_code == 422
    assert "Please choose one file only." in words_of(client)
    assert materials_kept(app) == []


@pytest.mark.parametrize("value", ["\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin1"), "𝕏" * 5000, "'"])
def test_hostile_forms_never_fail(client: CheckingClient, trainer: str, session: str, value: str) -> None:
    client.sign_in(trainer)
    for name in ("kind", "title", "written_in", "visibility", "url"):
        typed: dict[str, Any] = {name: value}
        assert client.submit(PAGE, form(**typed)).status_code in (302, 422), name
    assert client.submit(PAGE, {"upload": value, "title": "x"}).status_code == 422
    assert client.submit(f"{PAGE}/{'x' * 300}/remove").status_code == 404


READERS = ("visitor", "participant", "focal point", "own trainer", "other trainer", "coordinator")
RUNS = {"own trainer", "coordinator"}


@pytest.fixture
def readers(world: World, coordinator: str, trainer: str) -> dict[str, str | None]:
    return {
        "visitor": None,
        "participant": world.person("Participant Example"),
        "focal point": world.person("Focal Point", role=Role.FOCAL_POINT, office="KE"),
        "own trainer": trainer,
        "other trainer": world.person("Other Trainer", role=Role.TRAINER),
        "coordinator": coordinator,
    }


def visits(app: Flask, readers: dict[str, str | None]) -> Iterator[tuple[str, CheckingClient]]:
    for name in READERS:
        visitor = app.test_client()
        assert isinstance(visitor, CheckingClient)
        person = readers[name]
        if person is not None:
            visitor.sign_in(person)
        yield name, visitor


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("state", SessionState)
def test_who_gets_a_file_without_a_seat(
    app: Flask,
    world: World,
    session: str,
    readers: dict[str, str | None],
    visibility: Visibility,
    state: SessionState,
) -> None:
    """Those who run the session get all; others the public ones, of a session they may see."""
    wanted = world.material(CODE, visibility=visibility, title="A title to look for")
    change(app, CODE, state=state)
    is_public = visibility is Visibility.PUBLIC and state is not SessionState.DRAFT
    for name, visitor in visits(app, readers):
        expected = 200 if name in RUNS or is_public else 404
        answer = visitor.get(f"{PAGE}/{wanted}")
        assert answer.status_code == expected, name
        absent = visitor.get(f"{PAGE}/{'x' * 16}")
        assert absent.status_code == 404
        if expected == 404:
            assert title_and_words(answer.get_data(as_text=True)) == title_and_words(absent.get_data(as_text=True))
        page = visitor.get(f"/en/sessions/{CODE}").get_data(as_text=True)
        shows_public = visibility is Visibility.PUBLIC and (state is not SessionState.DRAFT or name in RUNS)
        assert ("A title to look for" in page) == shows_public, name


def title_and_words(page: str) -> str:
    """A page without what differs with every request."""
    return page.partition("<main")[2].partition("<code")[0].partition("quote the reference")[0]


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("state", RegistrationState)
def test_who_gets_a_file_by_the_link_to_a_registration(
    client: CheckingClient,
    app: Flask,
    world: World,
    session: str,
    visibility: Visibility,
    state: RegistrationState,
) -> None:
    """A confirmed seat is needed; what is for trainers stays with them."""
    wanted = world.material(CODE, visibility=visibility, title="A title to look for")
    person = world.person("Participant Example")
    token = world.registration_link(CODE, person, state=state)
    may = state is RegistrationState.CONFIRMED and visibility is not Visibility.TRAINERS
    link = f"/en/registrations/{token}/materials/{wanted}"
    page = text_of(client, f"/en/registrations/{token}")
    assert ("A title to look for" in page) == may
    assert (link in page) == may
    answer = client.get(link)
    assert answer.status_code == (200 if may else 404)
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_link_opens_the_files_of_its_own_session_alone(
    client: CheckingClient, world: World, session: str, trainer: str
) -> None:
    world.session("2027-NICE-EN-01", trainer=trainer)
    elsewhere = world.material("2027-NICE-EN-01", visibility=Visibility.PUBLIC)
    token = world.registration_link(CODE, world.person("Participant Example"))
    assert client.get(f"/en/registrations/{token}/materials/{elsewhere}").status_code == 404
    assert client.get(f"/en/registrations/{'x' * 43}/materials/{elsewhere}").status_code in (404, 410)
    assert client.get(f"{PAGE}/{elsewhere}").status_code == 404, "another session's id leads nowhere"
    client.sign_in(trainer)
    assert client.get(f"{PAGE}/{elsewhere}").status_code == 404
    assert client.submit(f"{PAGE}/{elsewhere}/remove").status_code == 404
    assert client.get(f"/en/sessions/2027-NICE-EN-01/materials/{elsewhere}").status_code == 200


def test_only_those_who_run_a_session_manage_its_materials(
    app: Flask, world: World, session: str, readers: dict[str, str | None]
) -> None:
    wanted = world.material(CODE)
    for name, visitor in visits(app, readers):
        if name in RUNS:
            assert visitor.get(PAGE).status_code == 200
            continue
        expected = {"visitor": 302, "other trainer": 404}.get(name, 403)
        assert visitor.get(PAGE).status_code == expected, name
        assert visitor.submit(PAGE, form()).status_code == expected, name
        assert visitor.submit(f"{PAGE}/{wanted}/remove").status_code == expected, name
    assert [material.public_id for material in materials_kept(app)] == [wanted]


def test_public_materials_reach_the_kept_page(
    client: CheckingClient, app: Flask, world: World, trainer: str, session: str
) -> None:
    """The page of a session is kept for visitors; adding and removing what all may see makes it anew."""
    visitor = app.test_client()
    path = f"/en/sessions/{CODE}"
    assert "Slides" not in visitor.get(path).get_data(as_text=True)
    assert "Slides" not in visitor.get(path).get_data(as_text=True)
    client.sign_in(trainer)
    client.submit(PAGE, form(visibility="public", title="Slides"))
    assert "Slides" in visitor.get(path).get_data(as_text=True)
    [material] = materials_kept(app)
    client.submit(f"{PAGE}/{material.public_id}/remove")
    assert "Slides" not in visitor.get(path).get_data(as_text=True)


@pytest.mark.parametrize(("visibility", "is_shown"), [("public", True), ("registered", False), ("trainers", False)])
def test_only_what_the_public_sees_revises_the_session(
    client: CheckingClient, app: Flask, trainer: str, session: str, visibility: str, is_shown: bool
) -> None:
    client.sign_in(trainer)
    client.submit(PAGE, form(visibility=visibility))
    with app.app_context():
        assert (session_by_code(CODE).revised_at > now() - timedelta(minutes=5)) == is_shown


def test_a_title_carries_its_own_language(client: CheckingClient, world: World, session: str) -> None:
    world.material(CODE, visibility=Visibility.PUBLIC, title="شرائح", language="ar")
    page = text_of(client, f"/en/sessions/{CODE}")
    assert '<span lang="ar" dir="rtl">شرائح</span>' in page


def test_the_page_of_a_session_asks_as_often_for_one_material_as_for_many(
    client: CheckingClient, world: World, session: str, trainer: str, queries: list[str]
) -> None:
    client.sign_in(trainer)
    counts = []
    for most in (1, 30):
        for number in range(most):
            world.material(CODE, visibility=Visibility.PUBLIC, title=f"Slides {number}")
        queries.clear()
        text_of(client, PAGE)
        text_of(client, f"/en/sessions/{CODE}")
        counts.append(len(queries))
        assert not any("stored_file.content" in statement for statement in queries), "no file is read to list it"
    assert counts[0] == counts[1]


def test_a_session_holds_so_many_materials(
    client: CheckingClient, app: Flask, world: World, trainer: str, session: str
) -> None:
    with app.app_context(), unit_of_work():
        training = session_by_code(CODE)
        for number in range(100):
            training.materials.append(
                SessionMaterial(
                    kind="material",
                    title=f"Page {number}",
                    visibility=Visibility.PUBLIC,
                    url="https://www.example.org",
                )
            )
    client.sign_in(trainer)
    assert client.submit(PAGE, form()).status_code == 422
    assert "as many materials as it can hold" in words_of(client)
