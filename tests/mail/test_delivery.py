"""House rule 4: a mail is delivered at least once, in its recipient's order, and a dead mail blocks nobody else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.mail_server import MailServer, running_mail_server
from tests.support.world import World
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.health import NotReady
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.delivery import BACKOFF, check_outbox, claim, deliver_next, is_permanent
from trainapp.mail.message import Recipient, Rendered
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.outbox import queue_mail, supersede
from trainapp.mail.transports import FolderTransport, SmtpTransport

LEASE = timedelta(seconds=60)


def queue(app: Flask, key: str, address: str, *, holds_secret: bool = False) -> int:
    with app.app_context(), unit_of_work():
        text = f"Text of {key}.\n"
        mail = queue_mail(
            key,
            Recipient("Amina Example", address, "en"),
            Rendered(f"Mail {key}", text, f"<p>{text}</p>"),
            holds_secret=holds_secret,
        )
        return mail.id


@contextmanager
def transport_to(server: MailServer) -> Iterator[SmtpTransport]:
    transport = SmtpTransport(server.url)
    try:
        yield transport
    finally:
        transport.close()


def deliver_all(app: Flask, server: MailServer) -> int:
    """Work until nothing is due; gives how many mails were tried."""
    tried = 0
    with app.app_context(), transport_to(server) as transport:
        while deliver_next(transport, LEASE):
            tried += 1
    return tried


def make_due(app: Flask) -> None:
    """Let the time of every mail that waits for its next try come."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(OutboxMail).where(OutboxMail.state == MailState.QUEUED).values(due_at=now()))


def states(world: World) -> list[MailState]:
    return [mail.state for mail in world.mails()]


def test_what_is_delivered_is_what_was_queued_byte_for_byte(app: Flask, world: World) -> None:
    queue(app, "a", "amina@example.org")
    with running_mail_server() as server:
        assert deliver_all(app, server) == 1
    [mail] = world.mails()
    assert server.received == [("amina@example.org", mail.content)]
    assert mail.state is MailState.SENT
    assert mail.sent_at is not None
    assert mail.attempts == 1


def test_one_connection_carries_many_mails(app: Flask, world: World) -> None:
    for number in range(5):
        queue(app, f"m{number}", f"reader{number}@example.org")
    with running_mail_server() as server:
        deliver_all(app, server)
    assert server.connections == 1
    assert states(world) == [MailState.SENT] * 5


def test_the_same_cause_queues_one_mail_only(app: Flask, world: World) -> None:
    first = queue(app, "once", "amina@example.org")
    assert queue(app, "once", "amina@example.org") == first
    assert len(world.mails()) == 1


def test_two_workers_keep_each_recipients_order(app: Flask, world: World) -> None:
    for number in range(12):
        queue(app, f"m{number:02d}", f"reader{number % 3}@example.org")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            deliver_all(app, server)
        except BaseException as error:
            failures.append(error)

    with running_mail_server() as server:
        workers = [threading.Thread(target=work) for _number in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        deliver_all(app, server)  # what one worker left because another's mail came first
    assert failures == []
    mails = world.mails()
    assert [mail.state for mail in mails] == [MailState.SENT] * 12
    for reader in {mail.recipient for mail in mails}:
        queued = [mail.content for mail in mails if mail.recipient == reader]
        assert [content for recipient, content in server.received if recipient == reader] == queued


def test_a_later_mail_waits_for_an_earlier_one_of_its_recipient(app: Flask, world: World) -> None:
    queue(app, "first", "Amina@example.org")
    queue(app, "second", "amina@example.org")
    with app.app_context():
        taken = claim(LEASE)
        assert taken is not None
        assert claim(LEASE) is None, "the first is on its way, so the second waits, however the address is spelt"
    assert states(world) == [MailState.SENDING, MailState.QUEUED]


def test_a_mail_that_waits_for_its_next_try_holds_back_its_own_recipient_alone(app: Flask, world: World) -> None:
    queue(app, "first", "full@example.org")
    queue(app, "second", "full@example.org")
    queue(app, "other", "amina@example.org")
    with running_mail_server(answers={"full@example.org": ["452 mailbox full"]}) as server:
        assert deliver_all(app, server) == 2
        assert server.recipients == ["amina@example.org"]
        make_due(app)
        deliver_all(app, server)
    assert server.recipients == ["amina@example.org", "full@example.org", "full@example.org"]
    first, second, _other = world.mails()
    assert [content for _recipient, content in server.received[1:]] == [first.content, second.content]


def test_a_refused_mail_dies_at_once_and_blocks_nobody(app: Flask, world: World) -> None:
    queue(app, "refused", "gone@example.org")
    queue(app, "next", "gone@example.org")
    queue(app, "other", "amina@example.org")
    with running_mail_server(answers={"gone@example.org": ["550 no such user"]}) as server:
        deliver_all(app, server)
    dead, *others = world.mails()
    assert dead.state is MailState.DEAD
    assert dead.attempts == 1
    assert dead.error.startswith("550")
    assert [mail.state for mail in others] == [MailState.SENT, MailState.SENT]


def test_a_mail_put_off_is_tried_again_later_and_later_with_the_same_bytes(app: Flask, world: World) -> None:
    queue(app, "late", "slow@example.org")
    waits = []
    with running_mail_server(answers={"slow@example.org": ["451 later"] * 3}) as server:
        for _try in range(3):
            deliver_all(app, server)
            [mail] = world.mails()
            assert mail.state is MailState.QUEUED
            waits.append(mail.due_at - now())
            make_due(app)
        deliver_all(app, server)
    [mail] = world.mails()
    assert mail.state is MailState.SENT
    assert mail.attempts == 4
    assert server.received == [("slow@example.org", mail.content)]
    for wait, step in zip(waits, BACKOFF, strict=False):
        assert step - timedelta(seconds=5) <= wait <= step


def test_a_mail_put_off_too_often_dies(app: Flask, world: World) -> None:
    queue(app, "never", "slow@example.org")
    with running_mail_server(answers={"slow@example.org": ["451 later"] * 20}) as server:
        for _try in range(len(BACKOFF) + 1):
            deliver_all(app, server)
            make_due(app)
    [mail] = world.mails()
    assert mail.state is MailState.DEAD
    assert mail.attempts == len(BACKOFF) + 1


def test_a_server_out_of_reach_costs_no_mail(app: Flask, world: World) -> None:
    queue(app, "a", "amina@example.org")
    with running_mail_server() as server:
        gone = MailServer()
        assert deliver_all(app, gone) == 1
        assert states(world) == [MailState.QUEUED]
        make_due(app)
        deliver_all(app, server)
    assert states(world) == [MailState.SENT]


def test_a_claim_that_ran_out_is_delivered_again_the_same(app: Flask, world: World) -> None:
    queue(app, "a", "amina@example.org")
    with app.app_context():
        abandoned = claim(timedelta(seconds=-1))
    assert abandoned is not None
    with running_mail_server() as server:
        deliver_all(app, server)
    assert server.received == [("amina@example.org", abandoned.content)]
    assert states(world) == [MailState.SENT]


def test_the_bytes_with_a_secret_are_purged_once_delivered(app: Flask, world: World) -> None:
    queue(app, "secret", "amina@example.org", holds_secret=True)
    queue(app, "plain", "amina@example.org")
    with running_mail_server() as server:
        deliver_all(app, server)
    secret, plain = world.mails()
    assert secret.content is None
    assert len(secret.content_digest) == 64
    assert plain.content is not None
    assert len(server.received) == 2


def test_a_mail_that_newer_ones_make_stale_never_leaves(app: Flask, world: World) -> None:
    stale = queue(app, "stale", "amina@example.org")
    queue(app, "fresh", "amina@example.org")
    with app.app_context(), unit_of_work():
        assert supersede([stale], "another@example.org") == set()
        supersede([stale], "Amina@example.org")
    with running_mail_server() as server:
        deliver_all(app, server)
    assert states(world) == [MailState.SUPERSEDED, MailState.SENT]
    assert len(server.received) == 1


def test_a_mail_already_on_its_way_is_not_dropped(app: Flask, world: World) -> None:
    mail = queue(app, "a", "amina@example.org")
    with app.app_context():
        assert claim(LEASE) is not None
        with unit_of_work():
            supersede([mail], "amina@example.org")
    assert states(world) == [MailState.SENDING]


def test_a_mail_of_a_unit_of_work_that_failed_was_never_there(app: Flask, world: World) -> None:
    def fail() -> None:
        queue_mail("lost", Recipient("", "amina@example.org", "en"), Rendered("s", "t", "<p>t</p>"))
        raise RuntimeError("the cause failed")

    with app.app_context(), pytest.raises(RuntimeError), unit_of_work():
        fail()
    assert world.mails() == []


def test_an_address_beyond_ascii_goes_out_by_smtputf8(app: Flask, world: World) -> None:
    queue(app, "utf8", "амина@example.org")
    with running_mail_server() as server:
        deliver_all(app, server)
    assert server.recipients == ["амина@example.org"]
    assert states(world) == [MailState.SENT]


def test_readiness_tells_of_mails_that_wait_too_long(app: Flask, world: World) -> None:
    mail = queue(app, "a", "amina@example.org")
    world.mails()
    with app.app_context():
        assert check_outbox() == "0 dead"
        with unit_of_work():
            db.session.get_one(OutboxMail, mail).due_at = now() - timedelta(minutes=31)
        with pytest.raises(NotReady, match="worker"):
            check_outbox()


def test_the_folder_holds_the_same_bytes(app: Flask, world: World, tmp_path: Path) -> None:
    queue(app, "a", "amina@example.org")
    with app.app_context():
        assert deliver_next(FolderTransport(tmp_path), LEASE)
    [mail] = world.mails()
    [file] = tmp_path.glob("*.eml")
    assert file.read_bytes() == mail.content


@pytest.mark.parametrize(
    "error",
    [
        SMTPAuthenticationError(535, b"wrong password"),
        SMTPConnectError(554, b"no service"),
        SMTPSenderRefused(550, b"not you", "trainings@example.org"),
        SMTPServerDisconnected("gone"),
    ],
)
def test_what_is_wrong_with_the_relay_kills_no_mail(error: Exception) -> None:
    assert not is_permanent(error)


def test_what_is_wrong_with_the_mail_does() -> None:
    assert is_permanent(SMTPRecipientsRefused({"a@example.org": (550, b"nobody")}))
    assert is_permanent(SMTPDataError(554, b"refused"))
    assert not is_permanent(SMTPRecipientsRefused({"a@example.org": (451, b"later")}))
