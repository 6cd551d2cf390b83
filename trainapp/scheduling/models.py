"""Sessions, their meetings, and who teaches, hosts and benefits."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course, Edition, Subject
from trainapp.core.clock import now
from trainapp.core.database import Choice, LocalizedText, Model
from trainapp.core.tokens import public_id
from trainapp.files.models import StoredFile
from trainapp.offices.models import Office
from trainapp.requests.models import Mode, TrainingRequest


class SessionKind(StrEnum):
    WEBINAR = "webinar"
    TRAINING = "training"
    WORKSHOP = "workshop"
    MEETING = "meeting"


class SessionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"


class RegistrationPolicy(StrEnum):
    """By `approval` people apply and those who run the session decide; by `nomination` offices name their people."""

    OPEN = "open"
    APPROVAL = "approval"
    NOMINATION = "nomination"
    CLOSED = "closed"


class MeetingState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class OfficeRole(StrEnum):
    """Asking, hosting and benefiting are different things."""

    REQUESTER = "requester"
    HOST = "host"
    BENEFICIARY = "beneficiary"


class TeachingState(StrEnum):
    """Whether a trainer has said that they will teach."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class MaterialKind(StrEnum):
    MATERIAL = "material"
    RECORDING = "recording"


class Visibility(StrEnum):
    """Who gets a material: everybody, those with a seat, or those who teach and plan."""

    PUBLIC = "public"
    REGISTERED = "registered"
    TRAINERS = "trainers"


class SessionTrainer(Model):
    """Who teaches a session, and whether they said so; `reason` is why somebody declined."""

    __tablename__ = "session_trainer"

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    state: Mapped[TeachingState] = mapped_column(
        Choice(TeachingState), default=TeachingState.ASKED, server_default=TeachingState.CONFIRMED.value
    )
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    session: Mapped["TrainingSession"] = relationship(viewonly=True)
    person: Mapped[Person] = relationship(viewonly=True)


session_trainer = Model.metadata.tables["session_trainer"]
session_request = Table(
    "session_request",
    Model.metadata,
    Column("session_id", ForeignKey("session.id"), primary_key=True),
    Column("request_id", ForeignKey("training_request.id"), primary_key=True),
)


class TrainingSession(Model):
    """One holding of a webinar, training, workshop or meeting.

    `language` is empty where a record of the past does not say; `titles` are a session's own, else the course's stand
    in. `hold_hours` is how long a seat waits for an address to be confirmed, `confirm_hours` how long one that became
    free waits for the person who moved up to say that they come (None: they need not). Of one office no more than
    `seats_per_office` people hold seats; its others wait. Each meeting is announced again `reminder_hours` before its
    start (None: never). `revised_at` changes with every change
    that a calendar shows. `import_key` names what the session came from: a row of a programme file, or the form of a
    plan that was sent (`plan:…`), so that neither makes two.
    """

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_state_first_day", "state", "first_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(48), unique=True)
    kind: Mapped[SessionKind] = mapped_column(Choice(SessionKind))
    state: Mapped[SessionState] = mapped_column(Choice(SessionState), default=SessionState.DRAFT)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), index=True)
    titles: Mapped[LocalizedText] = mapped_column(default=dict)
    audience: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str | None] = mapped_column(String(2))
    interpretation: Mapped[list[str]] = mapped_column(default=list)
    mode: Mapped[Mode] = mapped_column(Choice(Mode))
    venue: Mapped[str] = mapped_column(Text, default="")
    join_url: Mapped[str] = mapped_column(Text, default="")
    zone: Mapped[str] = mapped_column(String(64))
    capacity: Mapped[int | None]
    policy: Mapped[RegistrationPolicy] = mapped_column(Choice(RegistrationPolicy))
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    hold_hours: Mapped[int] = mapped_column(default=48)
    confirm_hours: Mapped[int | None]
    seats_per_office: Mapped[int | None]
    # A None that is set is kept as one, not replaced by the default.
    reminder_hours: Mapped[int | None] = mapped_column(Integer().evaluates_none(), default=24, server_default="24")
    first_day: Mapped[date]
    last_day: Mapped[date]
    import_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revised_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
    course: Mapped[Course | None] = relationship()
    subjects: Mapped[list["SessionSubject"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="SessionSubject.subject_id"
    )
    offices: Mapped[list["SessionOffice"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="SessionOffice.id"
    )
    meetings: Mapped[list["Meeting"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Meeting.number"
    )
    trainers: Mapped[list[Person]] = relationship(secondary="session_trainer", order_by=Person.id)
    teaching: Mapped[list[SessionTrainer]] = relationship(viewonly=True, order_by=SessionTrainer.person_id)
    materials: Mapped[list["SessionMaterial"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="SessionMaterial.id"
    )
    requests: Mapped[list[TrainingRequest]] = relationship(secondary=session_request)


class SessionSubject(Model):
    """A subject of a session, and the edition that is taught."""

    __tablename__ = "session_subject"

    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True, index=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("edition.id"))
    session: Mapped[TrainingSession] = relationship(back_populates="subjects")
    subject: Mapped[Subject] = relationship()
    edition: Mapped[Edition | None] = relationship()


class SessionOffice(Model):
    """An office's part in a session, and how a report designates the office there."""

    __tablename__ = "session_office"
    __table_args__ = (UniqueConstraint("session_id", "office_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    role: Mapped[OfficeRole] = mapped_column(Choice(OfficeRole))
    designation: Mapped[str] = mapped_column(Text, default="")
    session: Mapped[TrainingSession] = relationship(back_populates="offices")
    office: Mapped[Office] = relationship()


class Meeting(Model):
    """One dated part of a session. Start and end stand together or not at all (a record may give days without hours).

    The wall time in the session's zone is kept beside the instants, so that a change of a zone's law can be found.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("session_id", "number"),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="start_with_end"),
        CheckConstraint("starts_at IS NULL OR starts_at < ends_at", name="start_before_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"))
    number: Mapped[int]
    on_date: Mapped[date] = mapped_column(index=True)
    wall_start: Mapped[time | None]
    wall_end: Mapped[time | None]
    zone: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    uid: Mapped[str] = mapped_column(String(80), unique=True, default=lambda: f"{uuid4().hex}@trainapp")
    sequence: Mapped[int] = mapped_column(default=0)
    state: Mapped[MeetingState] = mapped_column(Choice(MeetingState), default=MeetingState.PLANNED)
    revised_at: Mapped[datetime] = mapped_column(default=now)
    session: Mapped[TrainingSession] = relationship(back_populates="meetings")


class SessionMaterial(Model):
    """Something to read or watch, as a file of ours, at an address elsewhere, or both."""

    __tablename__ = "session_material"
    __table_args__ = (CheckConstraint("file_id IS NOT NULL OR url IS NOT NULL", name="file_or_url"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True)
    kind: Mapped[MaterialKind] = mapped_column(Choice(MaterialKind))
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(2))
    visibility: Mapped[Visibility] = mapped_column(Choice(Visibility))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(default=now)
    session: Mapped[TrainingSession] = relationship(back_populates="materials")
    file: Mapped[StoredFile | None] = relationship(cascade="all, delete-orphan", single_parent=True)


trainer_subject = Table(
    "trainer_subject",
    Model.metadata,
    Column("person_id", ForeignKey("trainer_profile.person_id"), primary_key=True),
    Column("subject_id", ForeignKey("subject.id"), primary_key=True),
)


class TrainerProfile(Model):
    """What a trainer can teach, in which languages, and when in the week; hours are wall time in `zone`.

    A trainer without hours is taken to keep the bureau's.
    """

    __tablename__ = "trainer_profile"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(64))
    languages: Mapped[list[str]] = mapped_column(default=list)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    person: Mapped[Person] = relationship()
    subjects: Mapped[list[Subject]] = relationship(secondary=trainer_subject, order_by=Subject.position)
    hours: Mapped[list["TrainerHours"]] = relationship(
        back_populates="profile", cascade="all, delete-orphan", order_by="TrainerHours.weekday, TrainerHours.from_time"
    )
    exceptions: Mapped[list["TrainerException"]] = relationship(
        back_populates="profile", cascade="all, delete-orphan", order_by="TrainerException.first_day"
    )


class TrainerHours(Model):
    """Hours a trainer keeps on one weekday (ISO, 1 is Monday)."""

    __tablename__ = "trainer_hours"
    __table_args__ = (CheckConstraint("from_time < to_time", name="from_before_to"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("trainer_profile.person_id"), index=True)
    weekday: Mapped[int]
    from_time: Mapped[time]
    to_time: Mapped[time]
    profile: Mapped[TrainerProfile] = relationship(back_populates="hours")


class TrainerException(Model):
    """Days that differ from the week: away, or working after all (`is_free`); whole days where no hours are given."""

    __tablename__ = "trainer_exception"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("trainer_profile.person_id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    from_time: Mapped[time | None]
    to_time: Mapped[time | None]
    is_free: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[str] = mapped_column(String(200), default="")
    profile: Mapped[TrainerProfile] = relationship(back_populates="exceptions")
