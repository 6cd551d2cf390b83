"""What offices ask for: training requests, their state, and every step of the way."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Course, Level, Subject
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.core.tokens import public_id
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
    """What moves a request from one state to the next; `comment` moves nothing."""

    SAVE_DRAFT = "save_draft"
    SUBMIT = "submit"
    REVIEW = "review"
    ASK = "ask"
    ANSWER = "answer"
    PROPOSE = "propose"
    COUNTER = "counter"
    AGREE = "agree"
    SCHEDULE = "schedule"
    DELIVER = "deliver"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
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
    """An office asks for a training. `languages` are codes in order of preference."""

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
    audience: Mapped[str] = mapped_column(String(200))
    people: Mapped[int]
    period_from: Mapped[date]
    period_to: Mapped[date]
    hours: Mapped[str] = mapped_column(String(200), default="")
    needs: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    support: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[Channel] = mapped_column(Choice(Channel))
    received_on: Mapped[date]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)
    office: Mapped[Office] = relationship()
    course: Mapped[Course | None] = relationship()
    subjects: Mapped[list[Subject]] = relationship(secondary="request_subject", order_by=Subject.position)
    entered_by: Mapped[Person] = relationship()
    events: Mapped[list["RequestEvent"]] = relationship(
        back_populates="request", cascade="all, delete-orphan", order_by="RequestEvent.id"
    )

    __mapper_args__ = {"version_id_col": version}


class RequestEvent(Model):
    """One step of a request: who, when, from where to where, and what they wrote."""

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
