"""Composing a mail in its final form: safe headers, plain text and HTML of equal content, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from trainapp.core.addresses import ascii_address
from trainapp.core.config import bureau_name, settings
from trainapp.core.languages import direction_of, speaking
from trainapp.core.rendering import render
from trainapp.core.tokens import digest

LAST_C0_CONTROL = 0x1F
SUBJECT_LIMIT = 300


@dataclass(frozen=True)
class Recipient:
    """Who reads a mail: name, address and the language they read."""

    name: str
    address: str
    language: str


@dataclass(frozen=True)
class Rendered:
    """What a mail says; `kind` names the template it comes from."""

    subject: str
    text: str
    html: str
    kind: str = ""


def render_mail(room: str, mail: str, language: str, /, **context: Any) -> Rendered:
    """Render `templates/<room>/email/<mail>/` in `language`, whoever caused the mail."""
    folder = f"{room}/email/{mail}"
    with speaking(language):
        values = {
            "language": language,
            "direction": direction_of(language),
            "bureau_name": bureau_name(),
            **context,
        }
        subject = " ".join(render(f"{folder}/subject.txt", **values).split())
        text = render(f"{folder}/body.txt", **values).strip() + "\n"
        html = render(f"{folder}/body.html", subject=subject, **values)
    return Rendered(subject[:SUBJECT_LIMIT], text, html, f"{room}.{mail}")


def compose(key: str, recipient: Recipient, rendered: Rendered, queued_at: datetime) -> EmailMessage:
    """A message of RFC 5322 with both bodies; its Message-ID follows from `key`, so a repeat is the same mail."""
    configured = settings()
    message = EmailMessage(policy=SMTP)
    with speaking(recipient.language):
        message["From"] = mailbox(bureau_name(), configured.mail_from)
    message["To"] = mailbox(recipient.name, recipient.address)
    message["Subject"] = header_text(rendered.subject)
    message["Date"] = format_datetime(queued_at)
    message["Message-ID"] = f"<{digest(key)[:40]}@{configured.mail_from.rpartition('@')[2]}>"
    message["Content-Language"] = recipient.language
    # Asks out-of-office robots not to answer; Auto-Submitted would make some calendars skip an invitation.
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return message


def mailbox(name: str, address: str) -> Address | str:
    """A name and address as a header value; nothing in them can start another header."""
    local, _at, domain = ascii_address(header_text(address)).rpartition("@")
    return Address(header_text(name), local, domain)


def header_text(text: str) -> str:
    """Text fit for a header: one line, without control characters and lone surrogates."""
    readable = "".join(
        " " if ord(character) <= LAST_C0_CONTROL or character in "\x7f\x85\u2028\u2029" else character
        for character in text
        if not 0xD800 <= ord(character) <= 0xDFFF
    )
    # A reader of headers would decode an encoded word (RFC 2047 §2), whoever wrote it, into anything.
    return " ".join(readable.split()).replace("=?", "= ?")
