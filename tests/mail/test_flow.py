"""Whether mails leave, how fast, over what, and where they come back to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from tests.mail.test_delivery import LEASE, deliver_all, queue, states, transport_to
from tests.support.mail_server import CERTIFICATE, HOST, PASSWORD, USER, MailServer, running_mail_server, tls_with_login
from tests.support.server import free_port
from tests.support.world import World
from trainapp.cli.worker import run_worker
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.health import NotReady
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail import flow, resending
from trainapp.mail.delivery import check_outbox, claim, deliver_next
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.return_path import mail_of_key, return_path
from trainapp.mail.transports import NoTls, SmtpTransport

ACTOR = 7
BATTERY = f"{USER}:{quote(PASSWORD, safe='')}"


@contextmanager
def setting(app: Flask, **changes: object) -> Iterator[None]:
    """The application with other settings for the time of the block."""
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(kept, **changes)
    try:
        yield
    finally:
        app.config["SETTINGS"] = kept


def act(app: Flask, step: object, *arguments: object) -> object:
    with app.app_context(), unit_of_work():
        return step(*arguments)  # type: ignore[operator]


def test_paused_mails_wait_and_the_installation_is_ready_all_the_same(app: Flask, world: World) -> None:
    mail = queue(app, "a", "amina@example.org")
    world.mails()
    act(app, flow.pause, ACTOR)
    act(app, flow.pause, ACTOR + 1)
    with app.app_context():
        assert claim(LEASE) is None
        assert flow.paused_by_id() == ACTOR
        with unit_of_work():
            db.session.get_one(OutboxMail, mail).due_at = now() - timedelta(hours=1)
        assert check_outbox().startswith("0 dead, paused since 20")
        run_worker(stop=lambda: False, until_idle=True)
    assert states(world) == [MailState.QUEUED]
    act(app, flow.resume, ACTOR)
    act(app, flow.resume, ACTOR)
    with app.app_context(), pytest.raises(NotReady):
        check_outbox()
    with running_mail_server() as server:
        assert deliver_all(app, server) == 1


def test_the_rate_holds_over_all_workers_together(app: Flask, world: World) -> None:
    for number in range(12):
        queue(app, f"m{number:02d}", f"reader{number}@example.org")
    tried: list[int] = []
    with running_mail_server() as server, setting(app, mails_per_minute=5):
        workers = [threading.Thread(target=lambda: tried.append(deliver_all(app, server))) for _number in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert sum(tried) == len(server.received) == 5
        with app.app_context(), unit_of_work():
            for mail in db.session.query(OutboxMail).where(OutboxMail.tried_at.is_not(None)):
                mail.tried_at = now() - timedelta(seconds=61)
        assert deliver_all(app, server) == 5
        with app.app_context(), unit_of_work():
            mails = db.session.query(OutboxMail).where(OutboxMail.state == MailState.QUEUED)
            assert mails.update({"due_at": now() - timedelta(hours=1)}) == 2
        with app.app_context():
            assert check_outbox() == "0 dead", "slow on purpose is not stuck"
    assert len(world.mails()) == 12


def test_each_mail_has_a_return_path_of_its_own_that_nobody_can_make_up(app: Flask, world: World) -> None:
    ids = [queue(app, key, "amina@example.org") for key in "ab"]
    with running_mail_server() as server, setting(app, inbound_address=f"{'n' * 30}@example.org"):
        deliver_all(app, server)
        with app.app_context():
            assert server.senders == [return_path(mail_id) for mail_id in ids]
            keys = [str(sender).partition("+")[2].partition("@")[0] for sender in server.senders]
            assert all(len(str(sender).partition("@")[0]) <= 64 for sender in server.senders)
            assert [mail.id for mail in map(mail_of_key, keys) if mail is not None] == ids
            for wrong in (
                keys[0].replace(f"b{ids[0]}-", f"b{ids[1]}-"),
                keys[0][:-1],
                "",
                "b1",
                "b99999999999-" + "0" * 20,
            ):
                assert mail_of_key(wrong) is None
    assert len(world.mails()) == 2


def test_a_server_that_wants_tls_and_a_password_gets_both(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(app, "a", "amina@example.org")
    with running_mail_server(tls_with_login()) as server:
        plain = f"{HOST}:{server.port}"
        stranger = SmtpTransport(f"smtp://{BATTERY}@{plain}")
        with app.app_context():
            assert deliver_next(stranger, LEASE)
        [mail] = world.mails()
        assert "CERTIFICATE_VERIFY_FAILED" in mail.error, "a certificate nobody vouches for"
        assert mail.state is MailState.QUEUED
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        for url in (f"smtp://{USER}:wrong@{plain}", f"smtp+tls://{plain}"):
            make_due(app)
            deliver_by(app, url)
            assert server.received == []
        make_due(app)
        deliver_by(app, f"smtp+tls://{BATTERY}@{plain}")
    assert server.received == [("amina@example.org", mail.content)]
    assert states(world) == [MailState.SENT]


def make_due(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        db.session.query(OutboxMail).update({"due_at": now()})


def deliver_by(app: Flask, url: str) -> None:
    transport = SmtpTransport(url)
    with app.app_context():
        assert deliver_next(transport, LEASE)
    transport.close()


def test_without_tls_no_password_leaves_this_machine_and_no_mail_where_it_is_asked_for() -> None:
    with running_mail_server() as server:
        for url in (f"smtp+tls://{HOST}:{server.port}", f"smtp://{BATTERY}@0.0.0.0:{server.port}"):
            transport = SmtpTransport(url)
            with pytest.raises(NoTls):
                transport.send("a@example.org", "b@example.org", b"x")
        transport = SmtpTransport(server.url)
        assert transport.takes_sender("trainings+b1@example.org")
        transport.close()
    assert server.received == []


def test_a_dead_mail_sent_again_keeps_its_bytes_and_its_place(app: Flask, world: World) -> None:
    dead = queue(app, "first", "gone@example.org")
    with running_mail_server(answers={"gone@example.org": ["554 5.7.1 relay not in order"]}) as server:
        deliver_all(app, server)
        queue(app, "second", "gone@example.org")
        [first, _second] = world.mails()
        assert (first.state, first.error) == (MailState.DEAD, "554: 5.7.1 relay not in order")
        act(app, resending.send_again, ACTOR, dead)
        deliver_all(app, server)
    mails = world.mails()
    assert [content for _recipient, content in server.received] == [mail.content for mail in mails]
    assert states(world) == [MailState.SENT] * 2


def test_a_server_that_is_not_there_is_no_reason_to_spin(app: Flask, world: World) -> None:
    queue(app, "a", "amina@example.org")
    with app.app_context(), transport_to(MailServer(port=free_port())) as transport:
        assert deliver_next(transport, LEASE)
        assert not deliver_next(transport, LEASE)
    [mail] = world.mails()
    assert mail.error.startswith("ConnectionRefusedError")
