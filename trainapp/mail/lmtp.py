"""An LMTP server (RFC 2033): the mail server of the house hands over what comes for us."""

import asyncio
import contextlib
import signal
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from trainapp.core.logs import log
from trainapp.mail.inbound import LARGEST

UNIX_PREFIX = "unix:"
LONGEST_LINE = 64 * 1024
MOST_RECIPIENTS = 100
LATER = "451 4.3.0 Please bring this mail later"
TAKEN = "250 2.0.0 Taken"
FOR_THE_WHOLE = ("451", "500", "552")
"""Replies by which the library refuses a mail for all its recipients at once."""

Take = Callable[[bytes, str], bool]
"""What to do with a mail for one recipient; False where it is to come again later."""


@dataclass(frozen=True)
class Place:
    """Where to listen: a host and a port, or the path of a socket."""

    host: str = ""
    port: int = 0
    path: Path | None = None


def place_of(text: str) -> Place:
    """`HOST:PORT` or `unix:PATH`. Raises `ValueError`."""
    if text.startswith(UNIX_PREFIX):
        return Place(path=Path(text.removeprefix(UNIX_PREFIX)))
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) <= 65535:
        raise ValueError(f"neither HOST:PORT nor unix:PATH: {text!r}")
    return Place(host.strip("[]"), int(port))


class Server(LMTP):
    """The library's LMTP, with one answer for each recipient also where the whole mail is refused (RFC 2033 §4.2)."""

    line_length_limit = LONGEST_LINE

    def __init__(self, handler: "Handler") -> None:
        super().__init__(handler, hostname="localhost", ident="trainapp", enable_SMTPUTF8=True, data_size_limit=LARGEST)
        self._answers = 0

    async def push(self, status: Any) -> None:
        text = status if isinstance(status, str) else status.decode("utf-8", "replace")
        if text.startswith("354") and self.envelope is not None:
            self._answers = len(self.envelope.rcpt_tos)
        elif self._answers:
            if "\r\n" not in text and text.startswith(FOR_THE_WHOLE):
                text = "\r\n".join([text] * self._answers)
            self._answers = 0
        await super().push(text)


class Handler:
    """Hands each mail to `take`, one after the other, outside the loop that talks to the servers."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._worker = ThreadPoolExecutor(max_workers=1)

    async def handle_RCPT(
        self, _server: Server, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        loop = asyncio.get_running_loop()
        answers = [
            await loop.run_in_executor(self._worker, self._answer, content, address) for address in envelope.rcpt_tos
        ]
        return "\r\n".join(answers)

    async def handle_exception(self, error: Exception) -> str:
        log.error("taking mails in failed", exc_info=error)
        return LATER

    def _answer(self, content: bytes, address: str) -> str:
        try:
            return TAKEN if self._take(content, address) else LATER
        except Exception:  # the mail stays where it is, and comes again
            log.exception("a mail could not be taken in")
            return LATER

    def close(self) -> None:
        """Wait for the mail under way."""
        self._worker.shutdown()


def serve(place: Place, take: Take, ready: Callable[[], None] = lambda: None) -> None:
    """Take mails in until SIGTERM or SIGINT; what is under way then is finished. Raises `OSError`."""
    asyncio.run(_serve(place, take, ready))


async def _serve(place: Place, take: Take, ready: Callable[[], None]) -> None:
    loop, stopped, handler = asyncio.get_running_loop(), asyncio.Event(), Handler(take)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await _listen(loop, place, lambda: Server(handler))
    ready()
    try:
        await stopped.wait()
    finally:
        server.close()
        await asyncio.to_thread(handler.close)
        if place.path is not None:
            place.path.unlink(missing_ok=True)


async def _listen(loop: asyncio.AbstractEventLoop, place: Place, make: Callable[[], Server]) -> asyncio.Server:
    if place.path is None:
        return await loop.create_server(make, place.host, place.port)
    _clear(place.path)
    server = await loop.create_unix_server(make, str(place.path))
    place.path.chmod(0o666)  # who may reach it is decided by the folder
    return server


def _clear(path: Path) -> None:
    """Take away the socket that a killed process left behind."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.stat().st_mode):
            path.unlink()
