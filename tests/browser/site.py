"""A whole installation for browser tests: web server, worker and mail server as processes and sockets of their own."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.conftest import SECRET
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.server import ROOT, environment, serving
from tests.support.world import SEEN_MAILS, World
from trainapp.core.database import db
from trainapp.mail.models import OutboxMail

MAIL_SECONDS = 30
POLL_SECONDS = 0.05
STOP_SECONDS = 20
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Mail:
    """A mail as it came over the wire."""

    message: EmailMessage

    @property
    def language(self) -> str:
        return str(self.message["Content-Language"])

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def calendar(self) -> str:
        """The one calendar object of an invitation."""
        [part] = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        return str(part.get_content())

    def link(self, part: str) -> str:
        """The first address in the text that holds `part`; the HTML has it too."""
        found = next((link for link in LINK.findall(self.text) if part in link), None)
        assert found is not None, f"no link with {part} in {self.text!r}"
        assert part in self.html
        return found

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Site:
    """Where the browser goes, and what it does there shows. `settings` are those of every process."""

    app: Flask
    base_url: str
    settings: Mapping[str, str]
    mail_server: MailServer
    _taken: set[int] = field(default_factory=set)

    @property
    def world(self) -> World:
        return World(self.app)

    def next_mail(self, recipient: str) -> Mail:
        """Wait for the oldest mail to an address that was not taken yet."""
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            for number, (to, content) in enumerate(list(self.mail_server.received)):
                if to == recipient and number not in self._taken:
                    self._taken.add(number)
                    return self._looked_at(content)
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"no mail to {recipient} came; there are {self.mail_server.recipients}")

    def mails(self, recipient: str, count: int) -> list[Mail]:
        return [self.next_mail(recipient) for _each in range(count)]

    def _looked_at(self, content: bytes) -> Mail:
        """Parse a mail, and note that it was expected (see `tests.conftest`)."""
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        with self.app.app_context():
            wanted = select(OutboxMail.id).where(OutboxMail.message_id == str(message["Message-ID"]))
            self.app.extensions.setdefault(SEEN_MAILS, set()).update(db.session.scalars(wanted))
            db.session.rollback()
        return Mail(message)

    def report(self, year: int, language: str) -> dict[str, Any]:
        """What `trainapp report YEAR --format json` prints."""
        command = [*COMMAND, "report", str(year), "--format", "json", "--language", language]
        done = subprocess.run(command, cwd=ROOT, env=environment(self.settings), check=True, capture_output=True)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


COMMAND = [sys.executable, "-m", "trainapp.cli.main"]


@contextmanager
def running_site(app: Flask, **more_settings: str) -> Iterator[Site]:
    """Serve the database of `app`, with a worker that delivers to a real SMTP server."""
    with ExitStack() as stack:
        mail_server = stack.enter_context(running_mail_server())
        chosen = app.config["SETTINGS"]
        settings = {
            "TRAINAPP_DATA": str(chosen.data),
            "TRAINAPP_DATABASE_URL": chosen.database_url.replace("+psycopg", ""),
            "TRAINAPP_SECRET_KEY": SECRET,
            "TRAINAPP_MAIL_URL": mail_server.url,
            "TRAINAPP_LOG_LEVEL": "WARNING",
            "TRAINAPP_POSTS_PER_MINUTE": "100000",
            **more_settings,
        }
        server = stack.enter_context(serving(settings))
        settings = {**settings, "TRAINAPP_BASE_URL": server.base_url}
        stack.enter_context(running_worker(settings))
        yield Site(app, server.base_url, settings, mail_server)


@contextmanager
def running_worker(settings: Mapping[str, str]) -> Iterator[None]:
    """`trainapp worker` until the block ends; it must still be alive then, and end when told to."""
    with subprocess.Popen([*COMMAND, "worker"], cwd=ROOT, env=environment(settings)) as worker:
        try:
            yield
            assert worker.poll() is None, "the worker ended by itself"
        finally:
            worker.terminate()
            assert worker.wait(STOP_SECONDS) in (0, -15)
