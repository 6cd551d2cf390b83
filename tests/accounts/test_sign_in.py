"""Signing in by a mailed link, as people and as those who try what they should not."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts import service
from trainapp.core.access import Role
from trainapp.mail.models import OutboxMail

ADDRESS = "amina.example@example.org"


def text_of(mail: OutboxMail) -> str:
    assert mail.content is not None
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(mail: OutboxMail) -> str:
    """The path and query of the link a mail carries."""
    found = re.search(r"http://127\.0\.0\.1:5000(\S+)", text_of(mail))
    assert found is not None
    return found[1]


def ask(client: CheckingClient, email: str = ADDRESS, language: str = "en", **data: str) -> str:
    """Ask for a link; gives where the answer leads."""
    response = client.submit(f"/{language}/sign-in", {"email": email, **data})
    assert response.status_code == 302
    return response.location


def test_a_known_person_signs_in_by_mail_in_their_language(client: CheckingClient, world: World) -> None:
    world.person("Amina Example", role=Role.FOCAL_POINT, office="KE", language="ar", email=ADDRESS)
    assert ask(client, f"  {ADDRESS.upper()} ") == "/en/sign-in/sent"
    [mail] = world.mails()
    assert mail.language == "ar"
    assert mail.holds_secret
    path = link_in(mail)
    assert path.startswith("/ar/sign-in/")
    assert "Amina Example" in client.get(path).get_data(as_text=True)
    assert client.get("/en/desk").status_code == 302  # opening the link has not signed anybody in
    response = client.submit(path)
    assert response.location == "/ar/desk"
    page = client.get("/ar/desk").get_data(as_text=True)
    assert "Amina Example" in page


def test_a_link_works_once(client: CheckingClient, world: World) -> None:
    world.person("Amina Example", email=ADDRESS)
    ask(client)
    path = link_in(world.mails()[-1])
    assert client.submit(path).status_code == 302
    client.submit("/en/sign-out")
    assert client.get(path).status_code == 410
    assert client.submit(path).status_code == 410
    assert client.get("/en/desk").status_code == 302


def test_a_link_runs_out(client: CheckingClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.person("Amina Example", email=ADDRESS)
    long_ago = datetime.now(UTC).replace(microsecond=0) - service.LINK_LIFETIME - timedelta(seconds=1)
    token_of_visit = client.token()
    with monkeypatch.context() as patched:
        patched.setattr(service, "now", lambda: long_ago)
        client.post("/en/sign-in", data={"csrf_token": token_of_visit, "email": ADDRESS})
    path = link_in(world.mails()[-1])
    assert client.get(path).status_code == 410
    assert client.submit(path).status_code == 410
    assert client.get("/en/desk").status_code == 302


def test_no_other_token_opens_anything(client: CheckingClient, world: World) -> None:
    for token in ("nothing", "%00", "x" * 3000, "💥", "..%2f..%2fetc"):
        response = client.get(f"/en/sign-in/{token}")
        assert response.status_code in (404, 410), token


def test_an_unknown_address_sees_the_same_page_and_gets_no_link(client: CheckingClient, world: World) -> None:
    world.person("Amina Example", email=ADDRESS)
    known = ask(client)
    unknown = ask(client, "stranger@example.org", "fr")
    assert known == "/en/sign-in/sent"
    assert unknown == "/fr/sign-in/sent"
    mail = world.mails()[-1]
    assert mail.recipient == "stranger@example.org"
    assert mail.language == "fr"
    assert "/sign-in/" not in text_of(mail)
    assert "stranger@example.org" in text_of(mail)


def test_asking_again_and_again_mails_only_so_often(client: CheckingClient, world: World) -> None:
    world.person("Amina Example", email=ADDRESS)
    for _try in range(service.TRIES_PER_ADDRESS + 3):
        assert ask(client) == "/en/sign-in/sent"
    assert len(world.mails()) == service.TRIES_PER_ADDRESS
    ask(client, "somebody.else@example.org")
    assert len(world.mails()) == service.TRIES_PER_ADDRESS + 1


def test_the_way_on_is_kept_and_stays_on_the_site(client: CheckingClient, world: World) -> None:
    world.person("Amina Example", role=Role.COORDINATOR, email=ADDRESS)
    assert client.get("/en/requests?state=agreed").location == "/en/sign-in?next=/en/requests?state%3Dagreed"
    page = client.get("/en/sign-in?next=/en/requests?state%3Dagreed").get_data(as_text=True)
    assert 'value="/en/requests?state=agreed"' in page
    ask(client, next="/en/requests?state=agreed")
    path = link_in(world.mails()[-1])
    assert 'value="/en/requests?state=agreed"' in client.get(path).get_data(as_text=True)
    assert client.submit(path, {"next": "/en/requests?state=agreed"}).location == "/en/requests?state=agreed"


@pytest.mark.causes_mails
def test_the_way_on_never_leaves_the_site(client: CheckingClient, world: World) -> None:
    elsewhere = (
        "https://elsewhere.example.org",
        "//elsewhere.example.org",
        "/\\elsewhere.example.org",
        "javascript:alert(1)",
        "/\tx",
    )
    for number, target in enumerate(elsewhere):
        address = f"person{number}@example.org"
        world.person("Amina Example", email=address)
        ask(client, address, next=target)
        path = link_in(world.mails()[-1])
        assert "elsewhere" not in unquote(urlsplit(path).query), target
        assert client.submit(path, {"next": target}).location == "/en/desk", target


def test_a_mistyped_address_is_shown_again(client: CheckingClient, world: World) -> None:
    for typed in ("", "nobody", "a@b", "a b@example.org", "x" * 300 + "@example.org", "a@example.org\r\nBcc: b@c.de"):
        response = client.submit("/ja/sign-in", {"email": typed, "next": "/ja/desk"})
        assert response.status_code == 422, typed
        page = response.get_data(as_text=True)
        assert 'id="email-error"' in page, typed
        assert 'value="/ja/desk"' in page, typed
    assert world.mails() == []


def test_signing_out_ends_the_visit(client: CheckingClient, world: World) -> None:
    client.sign_in(world.person("Amina Example"))
    assert client.get("/en/desk").status_code == 200
    assert client.get("/en/sign-out").status_code == 405
    assert client.submit("/en/sign-out").location == "/en/"
    assert client.get("/en/desk").status_code == 302


def test_without_its_token_nothing_is_done(app: Flask, client: CheckingClient, world: World) -> None:
    client.sign_in(world.person("Amina Example"))
    assert client.post("/en/sign-out").status_code == 400
    assert client.get("/en/desk").status_code == 200
    assert client.post("/en/sign-in", data={"email": ADDRESS}).status_code == 400
