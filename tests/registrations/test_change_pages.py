"""The pages on which a session is changed: the form, who gets what, and the change itself."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.changing import invite, let_all_leave, meetings_of, state_of, text_of, write_all
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.registrations.models import RegistrationState
from trainapp.scheduling.models import SessionState

CODE = "2027-ST26-EN-01"
PATH = f"/en/sessions/{CODE}"


@pytest.fixture
def coordinator(world: World, client: CheckingClient) -> str:
    public_id = world.person("Coordinator Example", role=Role.COORDINATOR)
    client.sign_in(public_id)
    return public_id


def register(world: World, *names: str, state: RegistrationState = RegistrationState.CONFIRMED) -> None:
    for name in names:
        person = world.person(name, language="ar", zone="Asia/Tokyo", email=f"{name.lower()}@example.org")
        world.registration_link(CODE, person, state=state)
    invite(world.app, CODE)
    let_all_leave(world.app)


def inputs(client: CheckingClient) -> dict[str, Any]:
    """What the form on the page would send as it stands, without its buttons."""
    assert client.tree is not None
    form = next(each for each in client.tree.iter("form") if each.get("class") == "form")
    values: dict[str, Any] = {}
    for field in form.iter("input"):
        if field.get("type") in ("radio", "checkbox") and field.get("checked") is None:
            continue
        values.setdefault(str(field.get("name")), []).append(field.get("value") or "")
    for area in form.iter("textarea"):
        values[str(area.get("name"))] = [(area.text or "").removeprefix("\n")]
    for select in form.iter("select"):
        chosen = [option for option in select.iter("option") if option.get("selected") is not None]
        values[str(select.get("name"))] = [str((chosen or list(select.iter("option")))[0].get("value"))]
    return values


def words(client: CheckingClient) -> str:
    assert client.tree is not None
    return " ".join("".join(client.tree.itertext()).split())


def look(client: CheckingClient, page: str, **typed: Any) -> TestResponse:
    """Open a form, type something, and send it."""
    response = client.get(f"{PATH}/{page}")
    assert response.status_code == 200, words(client)
    return client.post(f"{PATH}/{page}", data={**inputs(client), **typed})


def save(client: CheckingClient, page: str, **changed: Any) -> TestResponse:
    """Press "save" on the preview that is shown."""
    return client.post(f"{PATH}/{page}", data={**inputs(client), "step": "save", **changed})


def test_a_meeting_is_moved_after_a_look_at_who_gets_what(
    app: Flask, world: World, client: CheckingClient, coordinator: str
) -> None:
    world.session(CODE, meetings=2)
    register(world, "Badr", "Chie")
    before, known = state_of(app, CODE), len(world.mails())
    day = meetings_of(app, CODE)[1].on_date + timedelta(days=2)
    response = look(client, "change", **{"meeting_2-on_date": day.isoformat(), "words": "Bring paper"})
    assert response.status_code == 200
    shown = words(client)
    for expected in ("2 mails in all", "Meeting 2 has moved", "Tokyo", "Arabic", "Badr", "Bring paper", "(REQUEST)"):
        assert expected in shown, expected
    assert "127.0.0.1:5000/ar/registrations/" not in shown, "no link of a reader is shown to others"
    assert state_of(app, CODE) == before
    response = client.post(f"{PATH}/change", data={**inputs(client), "step": "change"})
    assert inputs(client)["meeting_2-on_date"] == [day.isoformat()], "what was typed is kept"
    client.post(f"{PATH}/change", data=inputs(client))
    response = save(client, "change")
    assert response.status_code == 302
    assert "/mailings/" in response.location
    assert client.get(response.location).status_code == 200
    write_all(app)
    mails = world.mails()[known:]
    assert [mail.recipient for mail in mails] == ["badr@example.org", "chie@example.org"]
    assert "Bring paper" in text_of(mails[0])
    assert meetings_of(app, CODE)[1].on_date == day


def test_a_preview_that_has_grown_old_is_shown_anew(
    app: Flask, world: World, client: CheckingClient, coordinator: str
) -> None:
    world.session(CODE)
    register(world, "Badr")
    look(client, "change", join_url="https://meet.example.org/other")
    register(world, "Chie")
    before = state_of(app, CODE)
    response = save(client, "change")
    assert response.status_code == 409
    assert "Chie" in words(client)
    assert "Something has changed since you looked" in words(client)
    assert state_of(app, CODE) == before
    assert save(client, "change").status_code == 302
    write_all(app)
    world.mails()


@pytest.mark.causes_mails
def test_a_session_is_cancelled_and_reinstated_on_its_pages(
    app: Flask, world: World, client: CheckingClient, coordinator: str
) -> None:
    world.session(CODE)
    register(world, "Badr")
    visitor = app.test_client()
    visitor.get(PATH)  # the public gets a kept page
    assert f"{PATH}/cancel" in client.get(PATH).get_data(as_text=True)
    assert look(client, "cancel").status_code == 422
    assert "Please fill this in" in words(client)
    assert look(client, "cancel", words="The trainer is ill.", words_language="fr").status_code == 200
    assert "(CANCEL)" in words(client)
    assert save(client, "cancel").status_code == 302
    assert state_of(app, CODE)["session"][0] is SessionState.CANCELLED
    assert "This session is cancelled." in visitor.get(PATH).get_data(as_text=True)
    write_all(app)
    for page, status in (("cancel", 409), ("change", 409), ("reinstate", 200)):
        assert client.get(f"{PATH}/{page}").status_code == status, page
    assert f"{PATH}/reinstate" in client.get(PATH).get_data(as_text=True)
    assert look(client, "reinstate").status_code == 200
    assert "takes place after all" in words(client)
    assert save(client, "reinstate").status_code == 302
    assert state_of(app, CODE)["session"][0] is SessionState.PUBLISHED


@pytest.mark.causes_mails
def test_a_trainer_changes_the_place_of_their_own_session_alone(
    app: Flask, world: World, client: CheckingClient
) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    world.session(CODE, trainer=trainer)
    client.sign_in(world.person("Stranger", role=Role.TRAINER))
    assert client.get(f"{PATH}/change").status_code == 404
    client.sign_in(trainer)
    assert client.get(f"{PATH}/cancel").status_code == 403
    response = look(client, "change", join_url="http://insecure.example.org")
    assert response.status_code == 422
    typed = {"join_url": "https://meet.example.org/new", "meeting_1-on_date": "2031-01-01", "trainers": "x"}
    assert look(client, "change", **typed).status_code == 200
    before = meetings_of(app, CODE)[0].starts_at
    assert save(client, "change").status_code == 302
    assert meetings_of(app, CODE)[0].starts_at == before, "what is not theirs to change is not read"
    assert state_of(app, CODE)["session"][3] == "https://meet.example.org/new"


@pytest.mark.causes_mails
def test_whatever_is_sent_is_answered_and_saves_nothing(
    app: Flask, world: World, client: CheckingClient, coordinator: str
) -> None:
    world.session(CODE, meetings=2)
    register(world, "Badr")
    client.get(f"{PATH}/change")
    right = inputs(client)
    before = state_of(app, CODE)
    wrong: list[dict[str, Any]] = [
        {},
        {"step": "save"},
        {"step": "save", "seen": "x" * 64, "join_url": "https://meet.example.org/z"},
        {"step": "\x00", "words": "\x00\ufffe"},
        {"meeting_1-state": "evil"},
        {"meeting_1-on_date": ""},
        {"meeting_1-on_date": "0001-01-01"},
        {"meeting_1-on_date": "9999-12-31"},
        {"meeting_1-wall_start": "25:00"},
        {"meeting_3-on_date": "2031-01-01"},
        {"meeting_77-on_date": "2031-01-01"},
        {"meeting_2-state": "cancelled", "meeting_1-state": "cancelled"},
        {"mode": "zz"},
        {"words_language": "xx", "words": "x"},
        {"words": "x" * 3000},
        {"join_url": "https://a b"},
        {"join_url": "https://x.example.org/\r\nBcc: evil@example.org"},
        {"trainers": ["nobody", "x" * 5000]},
        {"venue": "x" * 600},
        {"page": "-1", "join_url": "https://meet.example.org/z"},
        {"page": "9" * 50, "join_url": "https://meet.example.org/z"},
    ]
    for typed in wrong:
        response = client.post(f"{PATH}/change", data={**right, **typed})
        assert response.status_code in (200, 409, 422), (typed, response.status_code)
        assert state_of(app, CODE) == before, typed
    assert client.post(f"{PATH}/change", data={"step": "save"}).status_code == 400, "no token"


@pytest.mark.causes_mails
def test_the_preview_reads_from_right_to_left_and_has_pages(
    app: Flask, world: World, client: CheckingClient, coordinator: str
) -> None:
    world.session(CODE)
    for number in range(53):
        person = world.person(f"Person {number:02d}", language="ar", zone="Asia/Tokyo", email=f"p{number}@example.org")
        world.registration_link(CODE, person)
    client.get(f"/ar/sessions/{CODE}/change")
    typed = {**inputs(client), "join_url": "https://meet.example.org/z"}
    assert client.post(f"/ar/sessions/{CODE}/change", data=typed).status_code == 200
    assert "Person 49" in words(client)
    assert "Person 50" not in words(client)
    client.post(f"/ar/sessions/{CODE}/change", data={**inputs(client), "page": "2"})
    assert "Person 52" in words(client)
    assert "Person 49" not in words(client)
    assert save(client, "change").status_code == 302


@pytest.mark.causes_mails
def test_another_trainer_for_a_published_session_goes_by_the_same_preview(
    app: Flask, world: World, client: CheckingClient, coordinator: str
) -> None:
    leaving = world.person("Leaving Trainer", role=Role.TRAINER)
    coming = world.person("Coming Trainer", role=Role.TRAINER)
    world.session(CODE, trainer=leaving)
    register(world, "Badr")
    before = state_of(app, CODE)
    page = f"/en/planning/{CODE}/trainer"
    client.get(f"{page}?all=1")
    assert "words" not in inputs(client), "the note is written with the preview"
    response = client.post(page, data={**inputs(client), "all": "1", "leaving": leaving, "coming": coming})
    assert response.status_code == 302
    assert state_of(app, CODE) == before
    client.get(response.location)
    assert inputs(client)["trainers"] == [coming]
    client.post(f"{PATH}/change", data=inputs(client))
    assert "Coming Trainer" in words(client)
    assert save(client, "change").status_code == 302
    write_all(app)
    assert "Coming Trainer" in text_of(world.mails("badr@example.org")[-1])


@pytest.mark.causes_mails
def test_what_is_not_possible_needs_a_tick(app: Flask, world: World, client: CheckingClient, coordinator: str) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    world.session(CODE, trainer=trainer)
    day = meetings_of(app, CODE)[0].on_date + timedelta(days=1)
    world.session("OTHER", trainer=trainer, first_day=day)
    look(client, "change", **{"meeting_1-on_date": day.isoformat()})
    assert "Not possible" in words(client)
    assert save(client, "change").status_code == 422
    assert "say so below" in words(client)
    assert save(client, "change", despite_clashes="y").status_code == 302
    assert meetings_of(app, CODE)[0].on_date == day
