"""The coordinators' pages on mails: how they fare, pause and resume, and sending again."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.models import EmailAddress
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.message import Recipient, Rendered
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.outbox import queue_mail

RELAY = "554: relay access denied"


@pytest.fixture
def coordinator(client: CheckingClient, world: World) -> CheckingClient:
    client.sign_in(world.person("Cora Coordinates", role=Role.COORDINATOR))
    return client


def mail(app: Flask, key: str, state: MailState, *, thread: str = "", error: str = RELAY, gone: bool = False) -> int:
    """A mail as it stands some time after it was tried."""
    with app.app_context(), unit_of_work():
        address = f"{thread.replace(':', '-') or key}@example.org"
        recipient, rendered = Recipient("", address, "ar"), Rendered(f"Letter {key}", "t\n", "<p>t</p>")
        row = queue_mail(key, recipient, rendered, thread=thread)
        if state is not MailState.QUEUED:
            row.state, row.attempts, row.tried_at = state, 1, now() - timedelta(minutes=5)
        row.error = "" if state in (MailState.QUEUED, MailState.SENT) else error
        row.sent_at = row.tried_at if state in (MailState.SENT, MailState.RETURNED) else None
        row.content = None if gone else row.content
        return row.id


def page(client: CheckingClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_mails_fare_as_the_page_says(app: Flask, coordinator: CheckingClient, world: World) -> None:
    assert "Every mail could be delivered" in page(coordinator, "/en/mails")
    world.person("Reader Example", email="returned@example.org")
    with app.app_context(), unit_of_work():
        db.session.query(EmailAddress).where(EmailAddress.normalized == "returned@example.org").update(
            {"bounced_at": now(), "bounce_reason": "5.1.1"}
        )
    for state in MailState:
        mail(app, state.value, state)
    world.mails()
    shown = page(coordinator, "/en/mails")
    assert "Letter dead" in shown
    assert "Letter sent" not in shown
    assert RELAY in shown
    assert "Send again" in shown
    shown = page(coordinator, "/en/mails?state=returned")
    assert "Mails to this address come back." in shown
    assert "Send again" not in shown
    assert page(coordinator, "/en/mails?state=all").count("@example.org") >= len(MailState)
    assert "Letter sent" in page(coordinator, "/en/mails?state=all&recipient=SENT@")
    assert "No mail fits" in page(coordinator, "/en/mails?state=sent&recipient=100%25")
    for hostile in ("state=nonsense", "page=0", "page=99999999999999999999999", "page=x", "recipient=" + "x" * 5_000):
        assert coordinator.get(f"/ar/mails?{hostile}").status_code == 200, hostile


def test_mails_are_paused_and_leave_again(app: Flask, coordinator: CheckingClient, world: World) -> None:
    assert coordinator.submit("/en/mails/pause").status_code == 302
    shown = page(coordinator, "/en/mails")
    assert "Cora Coordinates paused them on" in shown
    assert "Pause all mails" not in shown
    coordinator.submit("/en/mails/resume")
    assert "Pause all mails" in page(coordinator, "/en/mails")


def test_a_mail_is_sent_again_unless_a_later_one_says_something_newer_or_its_text_is_gone(
    app: Flask, coordinator: CheckingClient, world: World
) -> None:
    lasting = mail(app, "lasting", MailState.DEAD, thread="invitation:1")
    stale = mail(app, "stale", MailState.DEAD, thread="invitation:2")
    gone = mail(app, "gone", MailState.DEAD, gone=True)
    mail(app, "newer", MailState.SENT, thread="invitation:2")
    other = mail(app, "other", MailState.SENT)
    assert "A later mail says something newer." in page(coordinator, "/en/mails")
    assert coordinator.submit(f"/en/mails/{lasting}/again").status_code == 302
    for refused, said in (
        (stale, "says something newer"),
        (gone, "is not kept"),
        (other, "any more"),
        (lasting, "any more"),
    ):
        response = coordinator.submit(f"/en/mails/{refused}/again")
        assert response.status_code == 409
        assert said in response.get_data(as_text=True)
    for nothing in ("2147483647", "99999999999999999999"):
        assert coordinator.submit(f"/en/mails/{nothing}/again").status_code == 404
    again, *others = world.mails()
    assert (again.state, again.attempts, again.error) == (MailState.QUEUED, 0, "")
    assert [each.state for each in others] == [MailState.DEAD] * 2 + [MailState.SENT] * 2


def test_what_a_failure_of_the_server_left_is_counted_and_sent_again(
    app: Flask, coordinator: CheckingClient, world: World
) -> None:
    for number in range(3):
        mail(app, f"m{number}", MailState.DEAD)
    mail(app, "old", MailState.DEAD, thread="t", error="550: nobody")
    mail(app, "newer", MailState.SENT, thread="t")
    long_ago = mail(app, "long-ago", MailState.DEAD)
    with app.app_context(), unit_of_work():
        db.session.get_one(OutboxMail, long_ago).tried_at = now() - timedelta(days=2)
    shown = page(coordinator, "/en/mails/again?hours=6")
    assert "Send 3 mails again" in shown
    assert "1 more mail is not sent again" in shown
    assert RELAY in shown
    assert coordinator.tree is not None
    span = {each.get("name"): each.get("value") for each in coordinator.tree.iter("input")}
    data = {"first": span["first"], "last": span["last"]}
    mail(app, "after", MailState.DEAD)
    with app.app_context(), unit_of_work():
        db.session.query(OutboxMail).where(OutboxMail.key == "after").update({"tried_at": now() + timedelta(minutes=1)})
    assert coordinator.submit("/en/mails/again", data).status_code == 302
    assert "3 mails are sent again." in page(coordinator, "/en/mails")
    queued = [each.key for each in world.mails() if each.state is MailState.QUEUED]
    assert queued == ["m0", "m1", "m2"]
    assert "No mail to send again" in page(coordinator, "/en/mails/again?hours=1")
    for first in ("", "yesterday", "2026-01-01", "0001-01-01T00:00:00+14:00"):
        assert coordinator.submit("/en/mails/again", {**data, "first": first}).status_code == 422, first


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(
    app: Flask, coordinator: CheckingClient, world: World, queries: list[str]
) -> None:
    mail(app, "one", MailState.DEAD)
    coordinator.get("/en/mails")
    queries.clear()
    coordinator.get("/en/mails")
    few = len(queries)
    for number in range(60):
        mail(app, f"m{number}", MailState.DEAD)
    queries.clear()
    assert "Page 1 of 2" in page(coordinator, "/en/mails")
    assert len(queries) == few
    assert not any("outbox_mail.content," in query for query in queries), "no body is read"
    world.mails()
