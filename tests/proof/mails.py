"""Mails through a real SMTP server while the worker is killed again and again: nothing is lost, nothing differs."""

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, update

from tests.bench.ground import server_settings
from tests.proof.smtp_server import GONE, HOST, is_delayed
from tests.support.server import ROOT, environment, free_port
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.models import WAITING_STATES, MailState, OutboxMail
from trainapp.mail.outbox import queue_mail

ONE_GONE_IN = 50
LEASE_SECONDS = 3
LONGEST_SECONDS = 1_800
START_SECONDS = 60
SEED = 20_260_101


@dataclass(frozen=True)
class Size:
    """How many mails to how many recipients, and how often the worker is killed.

    `hurries` brings the next try of a delayed mail forward, instead of waiting for it.
    """

    mails: int
    recipients: int
    kills: int
    hurries: bool = False


WHOLE = Size(mails=10_000, recipients=2_000, kills=10)


@dataclass(frozen=True)
class Queued:
    """A mail as it was queued: what must arrive."""

    recipient: str
    message_id: str
    digest: str


@dataclass(frozen=True)
class Delivered:
    """What became of all mails, in figures."""

    size: Size
    delivered: int
    dead: int
    delayed: int
    repeated: int
    seconds: float


@dataclass
class MailHost:
    """The server's port and what it noted: recipient, Message-ID and digest of each mail it took, in order."""

    port: int
    log: Path

    def taken(self) -> list[Queued]:
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [Queued(*line.split("\t")) for line in lines]


def prove(app: Flask, folder: Path, size: Size) -> Delivered:
    """Queue, deliver under kills, and check; raises where a mail was lost, differed or came out of its order."""
    queued = _queue(app, size)
    began = time.perf_counter()
    with _mail_host(folder / "taken.log") as host:
        settings = {
            **server_settings(app),
            "TRAINAPP_MAIL_URL": f"smtp://{HOST}:{host.port}",
            "TRAINAPP_MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
            "TRAINAPP_LOG_LEVEL": "ERROR",
        }
        _kill_again_and_again(settings, host, size)
        with _worker(settings):
            _wait(lambda: _waiting(app, size.hurries) == 0, LONGEST_SECONDS, "every mail has its end")
        taken = host.taken()
    seconds = time.perf_counter() - began
    _check(app, queued, taken, size)
    dead = sum(mail.recipient.startswith(GONE) for mail in queued)
    delayed = sum(is_delayed(mail.message_id) for mail in queued if not mail.recipient.startswith(GONE))
    return Delivered(size, len(queued) - dead, dead, delayed, len(taken) - len(set(taken)), seconds)


def _queue(app: Flask, size: Size) -> list[Queued]:
    """Real mails of ours, several for each recipient, in the ten languages in turn."""
    languages = list(LANGUAGES)
    with app.app_context(), unit_of_work():
        mails = []
        for number in range(size.mails):
            who = number % size.recipients
            name = GONE if who % ONE_GONE_IN == 0 else "reader"
            language = languages[who % len(languages)]
            recipient = Recipient(f"Reader {who}", f"{name}{who}@example.org", language)
            url = f"https://trainings.example.org/{language}/sign-in/{number}"
            rendered = render_mail("accounts", "sign_in", language, name=recipient.name, url=url, minutes=30)
            mails.append(queue_mail(f"proof:{number}", recipient, rendered))
        return [Queued(mail.recipient, mail.message_id, _digest(mail.content)) for mail in mails]


def _digest(content: bytes | None) -> str:
    return hashlib.sha256(content or b"").hexdigest()


def _kill_again_and_again(settings: dict[str, str], host: MailHost, size: Size) -> None:
    """Each worker is killed (-9) at a moment of chance, once it has delivered some of its share."""
    chance = random.Random(SEED)
    share = size.mails // (size.kills + 2)
    for number in range(1, size.kills + 1):
        with _worker(settings) as worker:
            _wait(lambda wanted=number * share: len(host.taken()) >= wanted, LONGEST_SECONDS, "a share delivered")
            time.sleep(chance.uniform(0, 0.1))
            assert worker.poll() is None, "the worker worked until it was killed"
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(START_SECONDS)


def _waiting(app: Flask, hurries: bool) -> int:
    with app.app_context(), unit_of_work():
        if hurries:
            waits = update(OutboxMail).where(OutboxMail.state == MailState.QUEUED, OutboxMail.due_at > now())
            db.session.execute(waits.values(due_at=now()))
        return db.session.scalar(select(func.count()).where(OutboxMail.state.in_(WAITING_STATES))) or 0


def _check(app: Flask, queued: list[Queued], taken: list[Queued], size: Size) -> None:
    expected = [mail for mail in queued if not mail.recipient.startswith(GONE)]
    assert set(taken) == set(expected), "every mail arrived, and each arrival has the bytes that were queued"
    assert _by_recipient(taken) == _by_recipient(expected), "in order for each recipient, a repeat at once"
    assert len(taken) - len(expected) <= size.kills, "a kill repeats one mail at most"
    with app.app_context():
        ends = Counter(
            (state, recipient.startswith(GONE))
            for state, recipient in db.session.execute(select(OutboxMail.state, OutboxMail.recipient))
        )
        unexplained = db.session.scalar(
            select(func.count()).where(OutboxMail.state == MailState.DEAD, OutboxMail.error == "")
        )
        db.session.rollback()
    dead = len(queued) - len(expected)
    assert ends == {(MailState.SENT, False): len(expected), (MailState.DEAD, True): dead}
    assert unexplained == 0, "a dead mail says why"


def _by_recipient(mails: list[Queued]) -> dict[str, list[str]]:
    """What each recipient got, in order; a mail that came again at once counts once."""
    found: dict[str, list[str]] = defaultdict(list)
    for mail in mails:
        found[mail.recipient].append(mail.message_id)
    return {recipient: [each for each, _repeats in groupby(ids)] for recipient, ids in found.items()}


@contextmanager
def _mail_host(log: Path) -> Iterator[MailHost]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.proof.smtp_server", str(port), str(log)], cwd=ROOT)
    try:
        _wait(lambda: _answers(port), START_SECONDS, "the mail server answers")
        yield MailHost(port, log)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


@contextmanager
def _worker(settings: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "trainapp.cli.main", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(settings))
    try:
        yield process
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait(until: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.1)
