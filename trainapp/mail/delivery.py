"""Delivery: a worker claims the oldest mail of a recipient, sends its bytes, and notes what became of it.

A mail is delivered at least once. A claim is a lease: when a worker dies, the next one sends the same bytes again.
Whether mails leave at all, and how many a minute, is `flow`'s.
"""

from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from trainapp.core.clock import now
from trainapp.core.config import settings
from trainapp.core.database import db
from trainapp.core.health import NotReady
from trainapp.core.logs import log
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.flow import may_leave, paused_at, tried_since
from trainapp.mail.message import header_text
from trainapp.mail.models import WAITING_STATES, MailState, OutboxMail
from trainapp.mail.return_path import return_path
from trainapp.mail.transports import Transport

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 240, 720, 1440, 1440, 1440))
PERMANENT = range(500, 600)
REASON_LIMIT = 500
STUCK_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Claimed:
    """A mail taken for delivery; `attempts` tells this claim from a later one of the same mail."""

    mail_id: int
    attempts: int
    recipient: str
    content: bytes


def deliver_next(transport: Transport, lease: timedelta) -> bool:
    """Deliver one mail. False when there is nothing to do now."""
    claimed = claim(lease)
    if claimed is None:
        return False
    try:
        transport.send(return_path(claimed.mail_id), claimed.recipient, claimed.content)
    except (SMTPException, OSError, ValueError) as error:  # ValueError: an address or a port nobody can use
        _note_failure(claimed, error)
    else:
        _note_sent(claimed)
    return True


def claim(lease: timedelta) -> Claimed | None:
    """Take the oldest deliverable mail, such that no earlier mail of the same recipient still waits."""
    at = now()
    earlier = aliased(OutboxMail)
    blocked = (
        select(earlier.id)
        .where(
            earlier.order_key == OutboxMail.order_key,
            earlier.state.in_(WAITING_STATES),
            earlier.id < OutboxMail.id,
        )
        .exists()
    )
    deliverable = or_(
        and_(OutboxMail.state == MailState.QUEUED, OutboxMail.due_at <= at),
        and_(OutboxMail.state == MailState.SENDING, OutboxMail.claimed_until <= at),
    )
    with unit_of_work():
        if not may_leave(at):
            return None
        mail = db.session.scalar(
            select(OutboxMail)
            .where(deliverable, ~blocked, OutboxMail.content.is_not(None))
            .order_by(OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is None or mail.content is None:
            return None
        mail.state = MailState.SENDING
        mail.claimed_until, mail.tried_at = at + lease, at
        mail.attempts += 1
        return Claimed(mail.id, mail.attempts, mail.recipient, mail.content)


def _note_sent(claimed: Claimed) -> None:
    with unit_of_work():
        mail = _still_ours(claimed)
        if mail is not None:
            mail.state, mail.sent_at, mail.error = MailState.SENT, now(), ""
            if mail.holds_secret:
                mail.content = None
    log.info("mail sent", extra={"mail": claimed.mail_id})


def _note_failure(claimed: Claimed, error: Exception) -> None:
    with unit_of_work():
        mail = _still_ours(claimed)
        if mail is not None:
            mail.error = reason_of(error)
            if is_permanent(error) or mail.attempts > len(BACKOFF):
                mail.state = MailState.DEAD
            else:
                mail.state = MailState.QUEUED
                mail.due_at = now() + BACKOFF[mail.attempts - 1]
    log.warning("mail not sent: %s", type(error).__name__, extra={"mail": claimed.mail_id})


def _still_ours(claimed: Claimed) -> OutboxMail | None:
    """The mail, unless its lease ran out and another worker has taken it over."""
    mail = db.session.get(OutboxMail, claimed.mail_id, with_for_update=True, populate_existing=True)
    if mail is None or mail.state is not MailState.SENDING or mail.attempts != claimed.attempts:
        return None
    return mail


def is_permanent(error: Exception) -> bool:
    """Whether the server will never take this mail (RFC 5321 §4.2.1: 5yz replies).

    A refused login, sender or connection says nothing about the mail: once somebody mends that, it goes out.
    """
    concerns_the_mail = isinstance(error, SMTPRecipientsRefused | SMTPDataError)
    return concerns_the_mail and _reply_code(error) in PERMANENT


def reason_of(error: Exception) -> str:
    """What the server said, for the operator; no address is in it, unless the server's own words hold one."""
    code, said = _reply_code(error), str(error)
    if isinstance(error, SMTPRecipientsRefused):
        said = _text(next(iter(error.recipients.values()))[1])
    elif isinstance(error, SMTPResponseException):
        said = _text(error.smtp_error)
    return header_text(f"{code or type(error).__name__}: {said}")[:REASON_LIMIT]


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _reply_code(error: Exception) -> int | None:
    if isinstance(error, SMTPServerDisconnected):
        return None
    if isinstance(error, SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    if isinstance(error, SMTPResponseException):
        return error.smtp_code
    return None


def check_outbox() -> str:
    """For readiness. Raises `NotReady` when the oldest mail due has waited too long though mails may leave."""
    at, paused = now(), paused_at()
    waits = or_(
        and_(OutboxMail.state == MailState.QUEUED, OutboxMail.due_at <= at),
        and_(OutboxMail.state == MailState.SENDING, OutboxMail.claimed_until <= at),
    )
    oldest = db.session.scalar(select(func.min(OutboxMail.due_at)).where(waits))
    dead = db.session.scalar(select(func.count()).where(OutboxMail.state == MailState.DEAD))
    if paused is not None:
        return f"{dead} dead, paused since {paused.isoformat()}"
    is_slowed = settings().mails_per_minute > 0 and tried_since(at - STUCK_AFTER) > 0
    if oldest is not None and at - oldest > STUCK_AFTER and not is_slowed:
        raise NotReady("mails wait longer than half an hour: is the worker running?")
    return f"{dead} dead"
