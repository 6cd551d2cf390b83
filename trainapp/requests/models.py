"""What offices ask for: training requests, their state, and every step of the way."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course, Level, Subject
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.core.tokens import public_id
from trainapp.files.models import StoredFile
from trainapp.offices.models import Office


class RequestState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    NEEDS_INFORMATION = "needs_information"
    PROPOSED = "proposed"
    COUNTERED = "countered"
    AGREED = "agreed"
    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What moves a request from one state to the next; `comment` and `assign` move nothing."""

    SAVE_DRAFT = "save_draft"
    SUBMIT = "submit"
    REVIEW = "review"
    ASK = "ask"
    ANSWER = "answer"
    PROPOSE = "propose"
    COUNTER = "counter"
    AGREE = "agree"
    SCHEDULE = "schedule"
    CALL_OFF = "call_off"
    DELIVER = "deliver"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    ASSIGN = "assign"
    COMMENT = "comment"


class Mode(StrEnum):
    """How people meet."""

    ONLINE = "online"
    IN_PERSON = "in_person"
    HYBRID = "hybrid"


class Channel(StrEnum):
    """How the request reached the secretariat."""

    OFFICE = "office"
    LETTER = "letter"
    EMAIL = "email"


class RequestSubject(Model):
    __tablename__ = "request_subject"

    request_id: Mapped[int] = mapped_column(ForeignKey("training_request.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)


class TrainingRequest(Model):
    """An office asks for a training. `languages` are codes in order of preference.

    `weekdays` (ISO, 1 is Monday) and `hours_from` to `hours_to` say when in the week it suits, as wall time in the
    office's zone; none of them: any time the office works. `hours` is what was written about it in words. `typed`
    is a draft as it was typed, whether right yet or not; it is empty once the request is sent.
    """

    __tablename__ = "training_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    state: Mapped[RequestState] = mapped_column(Choice(RequestState), index=True)
    mode: Mapped[Mode] = mapped_column(Choice(Mode))
    level: Mapped[Level] = mapped_column(Choice(Level))
    languages: Mapped[list[str]]
    interpretation: Mapped[bool] = mapped_column(default=False)
    is_tailored: Mapped[bool] = mapped_column(default=False, server_default=false())
    audience: Mapped[str] = mapped_column(String(200))
    people: Mapped[int]
    period_from: Mapped[date]
    period_to: Mapped[date]
    weekdays: Mapped[list[int]] = mapped_column(default=list, server_default="[]")
    hours_from: Mapped[time | None]
    hours_to: Mapped[time | None]
    hours: Mapped[str] = mapped_column(String(200), default="")
    needs: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    support: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[Channel] = mapped_column(Choice(Channel))
    received_on: Mapped[date]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("training_request.id"))
    typed: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    office: Mapped[Office] = relationship()
    course: Mapped[Course | None] = relationship()
    subjects: Mapped[list[Subject]] = relationship(secondary="request_subject", order_by=Subject.position)
    entered_by: Mapped[Person] = relationship(foreign_keys=[entered_by_id])
    assigned_to: Mapped[Person | None] = relationship(foreign_keys=[assigned_to_id])
    copied_from: Mapped["TrainingRequest | None"] = relationship(remote_side=[id])
    events: Mapped[list["RequestEvent"]] = relationship(
        back_populates="request", cascade="all, delete-orphan", order_by="RequestEvent.id"
    )

    __mapper_args__ = {"version_id_col": version}


class RequestEvent(Model):
    """One step of a request: who, when, from where to where, what they wrote, attached and proposed."""

    __tablename__ = "request_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("training_request.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    step: Mapped[Step] = mapped_column(Choice(Step))
    from_state: Mapped[RequestState | None] = mapped_column(Choice(RequestState))
    to_state: Mapped[RequestState] = mapped_column(Choice(RequestState))
    comment: Mapped[str] = mapped_column(Text, default="")
    request: Mapped[TrainingRequest] = relationship(back_populates="events")
    person: Mapped[Person] = relationship()
    attachments: Mapped[list["RequestAttachment"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="RequestAttachment.id"
    )
    slots: Mapped[list["Slot"]] = relationship(
        back_populates="event", cascade="all, delete-orphan", order_by="Slot.position", foreign_keys="Slot.event_id"
    )


class RequestAttachment(Model):
    """A file that came with a step; the `is_original` one is the letter or e-mail a request was received as."""

    __tablename__ = "request_attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("request_event.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    is_original: Mapped[bool] = mapped_column(default=False)
    event: Mapped[RequestEvent] = relationship(back_populates="attachments")
    file: Mapped[StoredFile] = relationship(cascade="all, delete-orphan", single_parent=True)


class SlotTrainer(Model):
    """Who would teach in a slot; the offer holds their time while it stands."""

    __tablename__ = "slot_trainer"

    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class Slot(Model):
    """A set of dates and times that one side offers, in answer or in turn; up to five come with one step.

    `zone` is the one its wall times were chosen in. `chosen_by` is the step by which the other side agreed to it.
    """

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("event_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    event_id: Mapped[int] = mapped_column(ForeignKey("request_event.id"), index=True)
    position: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("request_event.id"))
    event: Mapped[RequestEvent] = relationship(back_populates="slots", foreign_keys=[event_id])
    chosen_by: Mapped[RequestEvent | None] = relationship(foreign_keys=[chosen_by_id])
    meetings: Mapped[list["SlotMeeting"]] = relationship(
        back_populates="slot", cascade="all, delete-orphan", order_by="SlotMeeting.number"
    )
    trainers: Mapped[list[Person]] = relationship(secondary="slot_trainer", order_by=Person.id)


class SlotMeeting(Model):
    """One meeting of a slot: wall time in the slot's zone, and the instants it meant when it was offered."""

    __tablename__ = "slot_meeting"
    __table_args__ = (
        UniqueConstraint("slot_id", "number"),
        CheckConstraint("starts_at < ends_at", name="start_before_end"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    number: Mapped[int]
    on_date: Mapped[date]
    wall_start: Mapped[time]
    wall_end: Mapped[time]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    slot: Mapped[Slot] = relationship(back_populates="meetings")
