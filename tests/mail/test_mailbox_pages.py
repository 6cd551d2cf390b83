"""The mailbox page of a trial installation: every mail, readable, with links that work."""

from datetime import timedelta

from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.mail.delivery import deliver_next
from trainapp.mail.mailbox import newest_first
from trainapp.mail.transports import FolderTransport


def deliver_all(app: Flask) -> list[str]:
    """Deliver what waits to the folder; gives the names there, newest first."""
    folder = app.config["SETTINGS"].mailbox_folder
    with app.app_context():
        while deliver_next(FolderTransport(folder), timedelta(minutes=1)):
            pass
    return [mail.name for mail in newest_first(folder)]


def test_a_mail_is_listed_and_read_in_its_own_language(app: Flask, client: CheckingClient, world: World) -> None:
    assert "No mail yet" in client.get("/en/mailbox").get_data(as_text=True)
    world.person("Amina Example", email="amina@example.org", language="ar")
    client.submit("/en/sign-in", {"email": "amina@example.org", "next": "/ar/desk"})
    assert len(world.mails()) == 1
    [name] = deliver_all(app)
    listed = client.get("/en/mailbox").get_data(as_text=True)
    assert 'lang="ar" dir="rtl"' in listed
    assert f"/en/mailbox/{name}" in listed
    page = client.get(f"/en/mailbox/{name}").get_data(as_text=True)
    assert "Amina Example" in page
    assert client.tree is not None
    [link] = [one for one in client.tree.iter("a") if "/ar/sign-in/" in (one.get("href") or "")]
    assert "noreferrer" in (link.get("rel") or "")
    path = (link.get("href") or "").removeprefix("http://127.0.0.1:5000")
    assert client.get(path).status_code == 200
    html = client.get(f"/en/mailbox/{name}/html")
    assert html.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert 'dir="rtl"' in html.get_data(as_text=True)


def test_hostile_mails_and_names_do_no_harm(app: Flask, client: CheckingClient, world: World) -> None:
    client.submit("/en/sign-in", {"email": "a+%3cb%3e@example.org"})
    assert len(world.mails()) == 1
    [name] = deliver_all(app)
    assert client.get(f"/ar/mailbox/{name}").status_code == 200
    for wrong in ("..%2f..%2fsecret_key", "nothing", "%00", f"{name}/attachments/1", f"{name}/attachments/0"):
        assert client.get(f"/en/mailbox/{wrong}").status_code == 404, wrong
