"""Who came, and what that rests on."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.registrations.models import Registration
from trainapp.scheduling.models import Meeting


class AttendanceStatus(StrEnum):
    PRESENT = "present"
    PARTIAL = "partial"
    ABSENT = "absent"
    EXCUSED = "excused"


class EvidenceKind(StrEnum):
    MANUAL = "manual"


class Attendance(Model):
    """A person's attendance of one meeting; `minutes` are those credited, at most the meeting's length."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("registration_id", "meeting_id"),
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    status: Mapped[AttendanceStatus] = mapped_column(Choice(AttendanceStatus))
    minutes: Mapped[int]
    registration: Mapped[Registration] = relationship()
    meeting: Mapped[Meeting] = relationship()
    evidence: Mapped[list["AttendanceEvidence"]] = relationship(
        back_populates="attendance", cascade="all, delete-orphan", order_by="AttendanceEvidence.id"
    )


class AttendanceEvidence(Model):
    """One reason to believe an attendance: here a mark by a person, with what it said."""

    __tablename__ = "attendance_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendance.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(Choice(EvidenceKind))
    status: Mapped[AttendanceStatus] = mapped_column(Choice(AttendanceStatus))
    minutes: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(String(200), default="")
    attendance: Mapped[Attendance] = relationship(back_populates="evidence")
    person: Mapped[Person | None] = relationship()
