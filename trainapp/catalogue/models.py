"""What is taught: subjects with their editions, and courses."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.core.database import Choice, LocalizedText, Model


class SubjectKind(StrEnum):
    STANDARD = "standard"
    CLASSIFICATION = "classification"
    TOOL = "tool"


class Level(StrEnum):
    INTRODUCTION = "introduction"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


course_subject = Table(
    "course_subject",
    Model.metadata,
    Column("course_id", ForeignKey("course.id"), primary_key=True),
    Column("subject_id", ForeignKey("subject.id"), primary_key=True),
)


class Subject(Model):
    """A standard, a classification or a tool, by its code (`ST26`, `NICE`)."""

    __tablename__ = "subject"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[SubjectKind] = mapped_column(Choice(SubjectKind))
    names: Mapped[LocalizedText]
    abouts: Mapped[LocalizedText]
    position: Mapped[int]
    editions: Mapped[list["Edition"]] = relationship(
        back_populates="subject", cascade="all, delete-orphan", order_by="Edition.in_force"
    )


class Edition(Model):
    """An edition or version of a subject, in force from a day until the next one."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("subject_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    name: Mapped[str] = mapped_column(String(32))
    in_force: Mapped[date]
    subject: Mapped[Subject] = relationship(back_populates="editions")


class Course(Model):
    """A course of the catalogue, held again and again as sessions; `minutes` is the length of one meeting."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    level: Mapped[Level] = mapped_column(Choice(Level))
    meetings: Mapped[int]
    minutes: Mapped[int]
    position: Mapped[int]
    subjects: Mapped[list[Subject]] = relationship(secondary=course_subject, order_by=Subject.position)
    texts: Mapped[list["CourseText"]] = relationship(back_populates="course", cascade="all, delete-orphan")

    @property
    def titles(self) -> LocalizedText:
        return {text.language: text.title for text in self.texts}


class CourseText(Model):
    """What a reader of one language reads about a course."""

    __tablename__ = "course_text"
    __table_args__ = (UniqueConstraint("course_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    course: Mapped[Course] = relationship(back_populates="texts")
