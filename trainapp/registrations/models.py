"""Who is coming, and the ledger of what each of them was told for their calendar."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.core.tokens import public_id
from trainapp.mail.models import OutboxMail
from trainapp.offices.models import Office
from trainapp.scheduling.models import Meeting, TrainingSession


class RegistrationState(StrEnum):
    """`pending` holds a seat for an address not yet confirmed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    CANCELLED = "cancelled"


SEATED = (RegistrationState.PENDING, RegistrationState.CONFIRMED)


class InvitationMethod(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Registration(Model):
    """A person's part in a session; `name` and `office` as they were given for it.

    `place` orders the people of a session as they came; who returns after leaving gets a new one.
    `held_until` is when a seat held for an unconfirmed address may go to the next who waits.
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
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    office: Mapped[Office | None] = relationship()
    invitations: Mapped[list["Invitation"]] = relationship(
        back_populates="registration", cascade="all, delete-orphan", order_by="Invitation.meeting_id"
    )


class Invitation(Model):
    """What one person was last told about one meeting (RFC 5546 §2.1.4: SEQUENCE and DTSTAMP order revisions)."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("registration_id", "meeting_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    sequence: Mapped[int]
    dtstamp: Mapped[datetime]
    method: Mapped[InvitationMethod] = mapped_column(Choice(InvitationMethod))
    language: Mapped[str] = mapped_column(String(2))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mail.id"))
    registration: Mapped[Registration] = relationship(back_populates="invitations")
    meeting: Mapped[Meeting] = relationship()
    mail: Mapped[OutboxMail | None] = relationship()
