"""Lists of people whom an office names: kept as they were given until somebody confirms them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.core.tokens import public_id
from trainapp.offices.models import Office
from trainapp.registrations.models import Registration
from trainapp.scheduling.models import TrainingSession


class ListSource(StrEnum):
    """How a list came; one of a single person, by the form for one, is confirmed as it is sent."""

    FORM = "form"
    PASTED = "pasted"
    FILE = "file"


class RowVerdict(StrEnum):
    """What confirming a row does: `new` registers; the others say why nothing is to be done, or what to mend."""

    NEW = "new"
    KNOWN = "known"
    DUPLICATE = "duplicate"
    PROBLEM = "problem"


class NominationList(Model):
    """People named for a session by an office; nothing is registered before `confirmed_at`.

    `office` is None where a coordinator names people of several offices. `checked_at` is when every row had its
    verdict, `finished_at` when every row to register was.
    """

    __tablename__ = "nomination_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    source: Mapped[ListSource] = mapped_column(Choice(ListSource))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    checked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    session: Mapped[TrainingSession] = relationship()
    office: Mapped[Office | None] = relationship()
    person: Mapped[Person] = relationship()


class NominationRow(Model):
    """One line of a list: `given` as it was written, the columns as they were understood, `problems` by code.

    `registration` is what became of it.
    """

    __tablename__ = "nomination_row"
    __table_args__ = (
        UniqueConstraint("list_id", "number"),
        Index("ix_nomination_row_list_id_verdict_done_at", "list_id", "verdict", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("nomination_list.id"))
    number: Mapped[int]
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(254), default="")
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    language: Mapped[str] = mapped_column(String(2), default="")
    zone: Mapped[str] = mapped_column(String(64), default="")
    verdict: Mapped[RowVerdict | None] = mapped_column(Choice(RowVerdict))
    problems: Mapped[list[str]] = mapped_column(default=list)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    done_at: Mapped[datetime | None]
    nomination_list: Mapped[NominationList] = relationship()
    office: Mapped[Office | None] = relationship()
    registration: Mapped[Registration | None] = relationship()
