"""Queueing mails: a row in the same transaction, never a network call."""

from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import ColumnElement, and_, select, update

from trainapp.core.addresses import ascii_address, normalize_address
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.tokens import digest
from trainapp.mail.message import Recipient, Rendered, compose
from trainapp.mail.models import MailState, OutboxMail


def queue_mail(
    key: str, recipient: Recipient, rendered: Rendered, *, holds_secret: bool = False, thread: str = ""
) -> OutboxMail:
    """Queue one mail. `key` names its cause; the same cause gives back the mail already queued.

    `holds_secret` says that the body carries a mailed link, so it is purged once delivered; `thread` names what a later
    mail of the same thread says anew, so that this one is not sent again after it.
    """
    at = now()
    message = compose(key, recipient, rendered, at)
    return queue_message(key, recipient, message, at, kind=rendered.kind, holds_secret=holds_secret, thread=thread)


def queue_message(
    key: str,
    recipient: Recipient,
    message: EmailMessage,
    at: datetime,
    *,
    kind: str = "",
    holds_secret: bool = False,
    thread: str = "",
) -> OutboxMail:
    """Queue a composed message as the bytes that will be sent, however often."""
    known = db.session.scalar(select(OutboxMail).where(OutboxMail.key == key))
    if known is not None:
        return known
    # Adding an invitation moves every Content- header to an inner part; the mail as a whole has a language too.
    if "Content-Language" not in message:
        message["Content-Language"] = recipient.language
    content = message.as_bytes()
    mail = OutboxMail(
        key=key,
        kind=kind,
        thread=thread,
        order_key=order_key(recipient.address),
        recipient=ascii_address(recipient.address),
        language=recipient.language,
        subject=str(message["Subject"]),
        message_id=str(message["Message-ID"]),
        holds_secret=holds_secret,
        content=content,
        content_digest=digest(content.decode("utf-8", "surrogateescape")),
        queued_at=at,
        due_at=at,
    )
    db.session.add(mail)
    db.session.flush()
    return mail


def order_key(address: str) -> str:
    """Mails with the same order key leave in the order they were queued."""
    return digest(normalize_address(address))


def supersede(mail_ids: list[int], address: str) -> set[str]:
    """Drop mails to an address, not yet claimed, that newer ones to it make stale; gives the kinds of those dropped.

    What is on its way to another address of the same person stays: the newer ones say nothing there.
    """
    if not mail_ids:
        return set()
    return _drop(and_(OutboxMail.id.in_(mail_ids), OutboxMail.order_key == order_key(address)))


def supersede_threads(threads: list[str]) -> set[str]:
    """Drop what these threads hold and has not been claimed yet; gives the kinds of those dropped."""
    return _drop(OutboxMail.thread.in_(threads)) if threads else set()


def _drop(which: ColumnElement[bool]) -> set[str]:
    dropped = db.session.scalars(
        update(OutboxMail)
        .where(which, OutboxMail.state == MailState.QUEUED)
        .values(state=MailState.SUPERSEDED, content=None)
        .returning(OutboxMail.kind)
        .execution_options(synchronize_session=False)
    )
    return set(dropped)
