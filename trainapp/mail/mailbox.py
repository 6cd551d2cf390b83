"""Reading the folder that stands for the network in a trial installation."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from trainapp.core.errors import NotFound


@dataclass(frozen=True)
class DeliveredMail:
    """A mail as its recipient sees it; `attachments` are names and contents."""

    name: str
    recipient: str
    subject: str
    language: str
    sent_at: datetime
    text: str
    html: str
    attachments: list[tuple[str, bytes]]


def newest_first(folder: Path, most: int = 100) -> list[DeliveredMail]:
    files = sorted(folder.glob("*.eml"), reverse=True) if folder.exists() else []
    return [_read(path) for path in files[:most]]


def one(folder: Path, name: str) -> DeliveredMail:
    """The mail of a file name. Raises `NotFound` for a name that is not in the folder."""
    known = {path.stem: path for path in folder.glob("*.eml")} if folder.exists() else {}
    if name not in known:
        raise NotFound()
    return _read(known[name])


def _read(path: Path) -> DeliveredMail:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return DeliveredMail(
        name=path.stem,
        recipient=_readable(message["To"].addresses[0]),
        subject=str(message["Subject"]),
        language=str(message["Content-Language"] or "en"),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=[
            (part.get_filename() or "invite.ics", bytes(part.get_content()))
            for part in message.walk()
            if part.get_content_disposition() == "attachment"
        ],
    )


def _readable(address: Address) -> str:
    """Name and address as people read them, without the quotes a header needs."""
    return f"{address.display_name} <{address.addr_spec}>" if address.display_name else str(address.addr_spec)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else str(part.get_content())
