"""A real SMTP server in a process of its own: `python -m tests.proof.smtp_server PORT LOG`.

It writes a line for each mail it takes, before it says so: recipient, Message-ID and the digest of the bytes. One mail
in fifty is delayed: told to come again the first time. Mails to a recipient named `gone…` are refused for ever.
"""

import email
import hashlib
import signal
import sys
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

HOST = "127.0.0.1"
ONE_IN = 50
GONE = "gone"
LARGEST = 10_000_000


class Keeper:
    """What comes in, noted; `delayed` holds the Message-IDs that were told to come again."""

    def __init__(self, log: TextIO) -> None:
        self.log = log
        self.delayed: set[str] = set()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        [recipient] = envelope.rcpt_tos
        content = envelope.original_content or b""
        message_id = str(email.message_from_bytes(content)["Message-ID"])
        if recipient.startswith(GONE):
            return "550 5.1.1 no such mailbox"
        if is_delayed(message_id) and message_id not in self.delayed:
            self.delayed.add(message_id)
            return "451 4.3.0 come again later"
        self.log.write(f"{recipient}\t{message_id}\t{hashlib.sha256(content).hexdigest()}\n")
        self.log.flush()
        return "250 2.0.0 taken"


def is_delayed(message_id: str) -> bool:
    """Decided by the Message-ID alone, so that the mails concerned can be told beforehand."""
    return int(hashlib.sha256(message_id.encode()).hexdigest(), 16) % ONE_IN == 0


def main(port: int, log: Path) -> None:
    with log.open("a", encoding="utf-8") as lines:
        controller = Controller(Keeper(lines), hostname=HOST, port=port, enable_SMTPUTF8=True, data_size_limit=LARGEST)
        controller.start()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        controller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
