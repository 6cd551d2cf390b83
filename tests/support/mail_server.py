"""A real SMTP server on this machine that keeps what it is given, and misbehaves where a test asks for it."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.server import free_port

HOST = "127.0.0.1"
CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""A certificate of this machine that signs itself, with its key; nobody but a test trusts it."""
USER, PASSWORD = "trainings", "right:horse@battery"


@dataclass
class MailServer:
    """`answers` maps a recipient to the replies for their next mails; a mail beyond them is taken.

    With `take_then_hang` a mail is taken, but the other side never hears of it.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    take_then_hang: bool = False
    received: list[tuple[str, bytes]] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    connections: int = 0
    port: int = field(default_factory=free_port)
    hanging: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _content in self.received]

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        [recipient] = envelope.rcpt_tos
        content = envelope.original_content or b""
        answers = self.answers.get(recipient, [])
        if answers:
            return answers.pop(0)
        self.received.append((recipient, content))
        self.senders.append(envelope.mail_from)
        if self.take_then_hang:
            self.hanging.set()
            await _until_hung_up(server)
        return "250 taken"


async def _until_hung_up(server: Any) -> None:
    """Say nothing until the other side is gone."""
    while server.transport is not None and not server.transport.is_closing():
        await asyncio.sleep(0.05)


@contextmanager
def running_mail_server(options: dict[str, Any] | None = None, **behaviour: Any) -> Iterator[MailServer]:
    """`options` are those of the library's server."""
    server = MailServer(**behaviour)
    controller = Controller(
        server, hostname=HOST, port=server.port, enable_SMTPUTF8=True, data_size_limit=10_000_000, **(options or {})
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def tls_with_login() -> dict[str, Any]:
    """Options of a server that takes mails over TLS (STARTTLS) alone, of who knows the password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": _knows_password}


def _knows_password(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == right, handled=False)
