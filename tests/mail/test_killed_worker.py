"""`kill -9` of a real worker in mid-delivery: on restart every mail goes out, and a repeat is the same bytes."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import SECRET
from tests.mail.test_delivery import queue
from tests.proof.mails import Size, prove
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.server import ROOT, environment
from tests.support.world import World
from trainapp.mail.models import MailState

LEASE_SECONDS = 1


def start_worker(app: Flask, server: MailServer, *options: str) -> "subprocess.Popen[bytes]":
    settings = app.config["SETTINGS"]
    return subprocess.Popen(
        [sys.executable, "-m", "trainapp.cli.main", "worker", *options],
        cwd=ROOT,
        env=environment(
            {
                "TRAINAPP_DATA": str(settings.data),
                "TRAINAPP_DATABASE_URL": settings.database_url.replace("+psycopg", ""),
                "TRAINAPP_SECRET_KEY": SECRET,
                "TRAINAPP_MAIL_URL": server.url,
                "TRAINAPP_MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
                "TRAINAPP_LOG_LEVEL": "ERROR",
            }
        ),
    )


def kill_in_mid_delivery(app: Flask, server: MailServer, when: Callable[[], bool]) -> None:
    worker = start_worker(app, server)
    try:
        assert when(), "the worker has begun a delivery"
        assert worker.poll() is None
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.wait(20) == -signal.SIGKILL
    finally:
        if worker.poll() is None:
            worker.kill()


def work_until_nothing_waits(app: Flask, server: MailServer, world: World) -> None:
    for _round in range(10):
        assert start_worker(app, server, "--until-idle").wait(60) == 0
        if all(mail.state is MailState.SENT for mail in world.mails()):
            return
    raise AssertionError([mail.state for mail in world.mails()])


def test_a_mail_the_server_took_before_the_worker_could_note_it_comes_again_the_same(app: Flask, world: World) -> None:
    """The worst moment: taken by the server, not yet noted. At least once means this mail comes twice."""
    queue(app, "m0", "reader@example.org")
    [mail] = world.mails()
    with running_mail_server() as server:
        server.take_then_hang = True
        kill_in_mid_delivery(app, server, lambda: server.hanging.wait(60))
        server.take_then_hang = False
        work_until_nothing_waits(app, server, world)
    assert Counter(server.received) == {("reader@example.org", mail.content): 2}


@pytest.mark.causes_mails
def test_refused_and_delayed_mails_and_a_killed_worker_together(app: Flask, tmp_path: Path) -> None:
    """What `make proof` does with ten thousand mails."""
    figures = prove(app, tmp_path, Size(mails=100, recipients=50, kills=1, hurries=True))
    assert figures.delivered == 98
    assert figures.dead == 2
    assert figures.delayed > 0
