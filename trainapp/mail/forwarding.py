"""What comes in and no machine acts on goes to people, whole and unread, as an attachment of a mail of ours."""

import hashlib
import re
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr

from sqlalchemy import select

from trainapp.core.clock import now
from trainapp.core.config import bureau_name, settings
from trainapp.core.database import db
from trainapp.core.languages import DEFAULT_LANGUAGE, speaking
from trainapp.core.throttle import allow
from trainapp.mail.inbound import LONGEST_FIELD, carefully, text_of
from trainapp.mail.message import Recipient, compose, header_text, render_mail
from trainapp.mail.models import OutboxMail
from trainapp.mail.outbox import queue_message

KIND = "mail.forwarded"
MARK = "X-Trainapp-Forwarded"
"""Stands in what we forward, so that it is known where it comes back."""
MOST_A_DAY = 100
"""Mails of one sender: two robots that answer each other are many more."""
MOST_A_DAY_OF_ALL = 2_000
"""Mails of all senders together: whoever gives a new name with every mail fills no mailbox."""
LONGEST_LINE = 998
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_NOT_PLAIN = re.compile(rb"[^\t\r\n\x20-\x7e]|\r(?!\n)|(?<!\r)\n")


class TooManyMails(Exception):
    """One sender, or all together, write more than people would; the server is asked to bring the mail later."""


def is_forwarded(message: Message) -> bool:
    """Whether a mail is one we forwarded: it came back to us, and would go round for ever."""
    return MARK in message


def forward(content: bytes, message: Message | None) -> OutboxMail:
    """Queue a mail that came in for the people at the contact address; the same mail once, however often it comes.

    Raises `TooManyMails`.
    """
    key = f"forwarded:{hashlib.sha256(content).hexdigest()}"
    known = db.session.scalar(select(OutboxMail).where(OutboxMail.key == key))
    if known is not None:
        return known
    sender = _field(message, "From")
    _name, address = carefully(parseaddr, sender) or ("", "")
    day = timedelta(days=1)
    if not allow("forwarded mail", address.casefold(), MOST_A_DAY, day):
        raise TooManyMails
    if not allow("forwarded mails", "of all senders", MOST_A_DAY_OF_ALL, day):
        raise TooManyMails
    with speaking(DEFAULT_LANGUAGE):
        recipient = Recipient(bureau_name(), settings().contact_address, DEFAULT_LANGUAGE)
    rendered = render_mail(
        "mail", "forwarded", recipient.language, sender=sender, mail_subject=_field(message, "Subject")
    )
    at = now()
    composed = compose(key, recipient, rendered, at)
    composed[MARK] = "yes"
    composed["Auto-Submitted"] = "auto-generated"
    _answer_to(composed, address)
    _attach(composed, content)
    # What strangers write is kept no longer than it takes to hand it on.
    return queue_message(key, recipient, composed, at, kind=KIND, holds_secret=True)


def _field(message: Message | None, name: str) -> str:
    if message is None:
        return ""
    return header_text(carefully(lambda each: _decoded(text_of(each, name)), message) or "")


def _decoded(value: str) -> str:
    """A header as people read it (RFC 2047)."""
    return str(make_header(decode_header(value[:LONGEST_FIELD])))


def _answer_to(composed: EmailMessage, address: str) -> None:
    """Who answers the mail answers its sender."""
    if _ADDRESS.fullmatch(address):
        composed["Reply-To"] = address


def _attach(composed: EmailMessage, content: bytes) -> None:
    """As a mail in a mail where it is plain enough to travel as it is (RFC 2046 §5.2.1), else as a file.

    Lines end as they do on the way (RFC 5322 §2.1), also where a server's pipe ended them as its system does.
    """
    lines = _BARE_LINE_FEED.sub(b"\r\n", content)
    is_plain = not _NOT_PLAIN.search(lines) and max(map(len, lines.split(b"\r\n"))) <= LONGEST_LINE
    if not is_plain:
        composed.add_attachment(content, maintype="application", subtype="octet-stream", filename="mail.eml")
        return
    composed.make_mixed()
    part = EmailMessage()
    part["Content-Type"] = "message/rfc822"
    part["Content-Disposition"] = 'attachment; filename="mail.eml"'
    part.set_payload(lines.decode("ascii"))
    composed.attach(part)
