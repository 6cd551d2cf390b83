"""The outbox: every mail is a row, written in the transaction that caused it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from trainapp.core.database import Choice, Model


class MailState(StrEnum):
    """`sending` is a claim with a lease: when it runs out, another worker may deliver the same bytes again.

    `returned` was taken by the server and came back as not deliverable; `dead` was never taken, and `error` says why.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    RETURNED = "returned"
    SUPERSEDED = "superseded"


WAITING_STATES = (MailState.QUEUED, MailState.SENDING)


class OutboxMail(Model):
    """One mail in its final form. `key` is unique, so that the same cause queues one mail only.

    `kind` names its template (`registrations.registered`). Of mails with the same `thread` a later one makes an earlier
    one stale, so that one which failed is not sent again after it. `tried_at` is when it was last handed to a server.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        Index("ix_outbox_mail_state_due_at", "state", "due_at"),
        Index("ix_outbox_mail_order_key_state_id", "order_key", "state", "id"),
        Index("ix_outbox_mail_thread_id", "thread", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(64), default="", server_default="")
    thread: Mapped[str] = mapped_column(String(64), default="", server_default="")
    order_key: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(400))
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    holds_secret: Mapped[bool]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[MailState] = mapped_column(Choice(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")


class MailFlow(Model):
    """The one row that says whether mails leave; the person who paused them is named by id without a foreign key."""

    __tablename__ = "mail_flow"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    paused_at: Mapped[datetime | None]
    paused_by_id: Mapped[int | None]
