"""Who is coming, the ledger of what each of them was told for their calendar, and mails to many of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.core.tokens import mail_key, public_id
from trainapp.mail.models import OutboxMail
from trainapp.offices.models import Office
from trainapp.scheduling.models import Meeting, TrainingSession


class RegistrationState(StrEnum):
    """`applied` waits for a decision and holds no seat; `pending` holds one until the person has confirmed it.

    `declined` is a no: of those who run the session to an application, or of a person to their nomination.
    """

    APPLIED = "applied"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


SEATED = (RegistrationState.PENDING, RegistrationState.CONFIRMED)


ACTIVE = (*SEATED, RegistrationState.APPLIED, RegistrationState.WAITLISTED)
"""Those who have not left: they have, wait for or have asked for a seat."""


class InvitationMethod(StrEnum):
    """What a person's calendar was last told; `listed` meetings stand in their file and feed, without a mail each."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    LISTED = "LISTED"


class Reply(StrEnum):
    """What a person's calendar answered (RFC 5545 §3.2.12 PARTSTAT)."""

    NONE = "none"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Registration(Model):
    """A person's part in a session; `name` and `office` as they were given for it.

    `place` orders the people of a session as they came; who returns after leaving gets a new one.
    `held_until` is when a seat held for somebody who has not confirmed it may go to the next who waits. `reason` is why
    somebody was declined, or declined; `decided_by` who approved or declined an application.
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        UniqueConstraint("session_id", "place"),
        Index("ix_registration_session_id_state", "session_id", "state"),
        Index("ix_registration_state_held_until", "state", "held_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[RegistrationState] = mapped_column(Choice(RegistrationState))
    place: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(64))
    nominated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    substitute_for_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    office: Mapped[Office | None] = relationship()
    nominated_by: Mapped[Person | None] = relationship(foreign_keys=[nominated_by_id])
    substitute_for: Mapped["Registration | None"] = relationship(remote_side=[id])
    invitations: Mapped[list["Invitation"]] = relationship(
        back_populates="registration", cascade="all, delete-orphan", order_by="Invitation.meeting_id"
    )


class Invitation(Model):
    """What one person was last told about one meeting (RFC 5546 §2.1.4: SEQUENCE and DTSTAMP order revisions).

    `told_digest` is of everything the entry said, so that what has not changed is not sent again; empty where unknown.
    `token` is the key in the organizer's address, by which a reply is known to be the recipient's; `reply_sequence` and
    `reply_dtstamp` are those of the last reply taken. `reminded_for` is the start that a reminder was sent for.
    """

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("registration_id", "meeting_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    sequence: Mapped[int]
    dtstamp: Mapped[datetime]
    method: Mapped[InvitationMethod] = mapped_column(Choice(InvitationMethod))
    language: Mapped[str] = mapped_column(String(2))
    told_digest: Mapped[str] = mapped_column(String(64), default="", server_default="")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mail.id"))
    token: Mapped[str | None] = mapped_column(String(32), unique=True, default=mail_key)
    reply: Mapped[Reply] = mapped_column(Choice(Reply), default=Reply.NONE, server_default=Reply.NONE.value)
    replied_at: Mapped[datetime | None]
    reply_sequence: Mapped[int | None]
    reply_dtstamp: Mapped[datetime | None]
    reminded_for: Mapped[datetime | None]
    registration: Mapped[Registration] = relationship(back_populates="invitations")
    meeting: Mapped[Meeting] = relationship()
    mail: Mapped[OutboxMail | None] = relationship()


class MailingKind(StrEnum):
    """Why many people of one session are written to: it changed, somebody has a message, or it was held."""

    CHANGE = "change"
    MESSAGE = "message"
    THANKS = "thanks"


class Mailing(Model):
    """One mail to many people of a session, written in batches after the act that caused it.

    `content` is what the mails say, in facts (a change) or in words per language (a message), as JSON values.
    """

    __tablename__ = "mailing"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[MailingKind] = mapped_column(Choice(MailingKind))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person | None] = relationship()


class MailingRecipient(Model):
    """Somebody a mailing goes to; `written_at` is when their mails were queued, or found not to be needed any more."""

    __tablename__ = "mailing_recipient"
    __table_args__ = (
        UniqueConstraint("mailing_id", "registration_id"),
        Index("ix_mailing_recipient_mailing_id_written_at", "mailing_id", "written_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), index=True)
    written_at: Mapped[datetime | None]
    mailing: Mapped[Mailing] = relationship()
    registration: Mapped[Registration] = relationship()
