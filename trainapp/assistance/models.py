"""The register of assistance: help other than training, and what a source only counts."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.catalogue.models import Subject
from trainapp.core.database import Choice, Model
from trainapp.offices.models import Office


class OcrStage(StrEnum):
    """How far an office has come with full-text OCR."""

    RECEIVED = "received"
    TRAINED = "trained"
    PILOT = "pilot"
    IN_PRODUCTION = "in_production"


class Advice(Model):
    """Technical advice on a subject in a year, other than a training; to one office or, where null, to several."""

    __tablename__ = "advice"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    ways: Mapped[list[str]]
    outcome: Mapped[str] = mapped_column(Text, default="")
    outcome_status: Mapped[str] = mapped_column(String(32), default="")
    import_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    subject: Mapped[Subject] = relationship()
    office: Mapped[Office | None] = relationship()


class SystemUse(Model):
    """An office uses a system from a day to a day; open where null."""

    __tablename__ = "system_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    system: Mapped[str] = mapped_column(String(64), index=True)
    started: Mapped[date]
    ended: Mapped[date | None]
    office: Mapped[Office] = relationship()


class OcrStep(Model):
    """The day an office reached a stage of the full-text OCR roll-out."""

    __tablename__ = "ocr_step"
    __table_args__ = (UniqueConstraint("office_id", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    stage: Mapped[OcrStage] = mapped_column(Choice(OcrStage))
    on_date: Mapped[date] = mapped_column(index=True)
    office: Mapped[Office] = relationship()


class CollectionAdded(Model):
    """A national collection that joined a global database."""

    __tablename__ = "collection_added"
    __table_args__ = (UniqueConstraint("office_id", "database"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    database: Mapped[str] = mapped_column(String(32))
    ip_right: Mapped[str] = mapped_column(String(64))
    year: Mapped[int] = mapped_column(index=True)
    import_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    office: Mapped[Office] = relationship()


class CommitteeMeeting(Model):
    """A session of a committee, `held` as a month (`2021-11`), for checking what a report says about it."""

    __tablename__ = "committee_meeting"
    __table_args__ = (UniqueConstraint("committee", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    committee: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    held: Mapped[str] = mapped_column(String(7))
    verified: Mapped[bool]
    import_key: Mapped[str | None] = mapped_column(String(120), unique=True)


class FundedParticipation(Model):
    """An office's participant funded for a meeting of a committee."""

    __tablename__ = "funded_participation"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("committee_meeting.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    year: Mapped[int] = mapped_column(index=True)
    people: Mapped[int] = mapped_column(default=1)
    meeting: Mapped[CommitteeMeeting] = relationship()
    office: Mapped[Office] = relationship()


class Statement(Model):
    """What a source only counts: a figure with its value, for a year, with where it stands. Never turned into rows."""

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("figure", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    figure: Mapped[str] = mapped_column(String(80))
    year: Mapped[int] = mapped_column(index=True)
    value: Mapped[int]
    as_of: Mapped[date | None]
    condition: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text)
    import_key: Mapped[str | None] = mapped_column(String(120), unique=True)
