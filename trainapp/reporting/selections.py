"""The rows that figures rest on, each as one SELECT.

A figure is the number of rows of its selection, or the sum of their `amount`; the page behind the figure lists the
same selection. So a figure and its rows cannot disagree. Columns: `id` names the row; `member` the part of a figure
that is split (a subject's code, a language …); `amount` what is summed.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, exists, false, func, or_, select, true, union

from trainapp.assistance.models import Advice, CollectionAdded, FundedParticipation, OcrStage, OcrStep, SystemUse
from trainapp.assistance.queries import EXCHANGE_PLATFORMS, OFFICE_SYSTEMS
from trainapp.attendance.models import Attendance, AttendanceStatus
from trainapp.catalogue.models import Subject
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    OfficeRole,
    SessionKind,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)

Rows = Select[*tuple[Any, ...]]

UNKNOWN = "unknown"
"""The member of a split figure for records that do not say (a session of the past without its language)."""

OCR_WINDOW_YEARS = 4
MARKS_AND_DESIGNS = ("NICE", "VIENNA", "LOCARNO")
CAME = (AttendanceStatus.PRESENT, AttendanceStatus.PARTIAL)


@dataclass(frozen=True)
class Scope:
    """The year counted; with `imported`, only the rows that came from that year's programme file."""

    year: int
    imported: bool = False

    @property
    def first_day(self) -> date:
        return date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, 12, 31)

    def holds(self, day: Any) -> ColumnElement[bool]:
        """Whether a date column lies in the year."""
        return day.between(self.first_day, self.last_day)

    def kept(self, import_key: Any) -> ColumnElement[bool]:
        """Whether a row counts, by its import key."""
        return import_key.startswith(f"{self.year}:", autoescape=True) if self.imported else true()

    @property
    def by_hand(self) -> ColumnElement[bool]:
        """For tables that no programme file fills."""
        return false() if self.imported else true()


def _delivered(scope: Scope) -> list[ColumnElement[bool]]:
    return [
        TrainingSession.state == SessionState.DELIVERED,
        scope.holds(TrainingSession.first_day),
        scope.kept(TrainingSession.import_key),
    ]


def _office_training(scope: Scope) -> list[ColumnElement[bool]]:
    has_beneficiary = (
        exists()
        .where(SessionOffice.session_id == TrainingSession.id, SessionOffice.role == OfficeRole.BENEFICIARY)
        .correlate(TrainingSession)
    )
    return [*_delivered(scope), TrainingSession.kind == SessionKind.TRAINING, has_beneficiary]


def _webinar(scope: Scope) -> list[ColumnElement[bool]]:
    return [*_delivered(scope), TrainingSession.kind == SessionKind.WEBINAR]


def _sessions_where(conditions: list[ColumnElement[bool]], **columns: Any) -> Rows:
    extra = [column.label(name) for name, column in columns.items()]
    return select(TrainingSession.id.label("id"), *extra).where(*conditions)


def _by_subject(conditions: list[ColumnElement[bool]]) -> Rows:
    return (
        _sessions_where(conditions, member=Subject.code)
        .join(SessionSubject, SessionSubject.session_id == TrainingSession.id)
        .join(Subject, Subject.id == SessionSubject.subject_id)
    )


def sessions(scope: Scope) -> Rows:
    return _sessions_where(_delivered(scope))


def sessions_by_kind(scope: Scope) -> Rows:
    return _sessions_where(_delivered(scope), member=TrainingSession.kind)


def sessions_by_mode(scope: Scope) -> Rows:
    return _sessions_where(_delivered(scope), member=TrainingSession.mode)


def sessions_by_language(scope: Scope) -> Rows:
    return _sessions_where(_delivered(scope), member=func.coalesce(TrainingSession.language, UNKNOWN))


def sessions_by_subject(scope: Scope) -> Rows:
    return _by_subject(_delivered(scope))


def webinars(scope: Scope) -> Rows:
    return _sessions_where(_webinar(scope))


def webinar_languages(scope: Scope) -> Rows:
    query = select(TrainingSession.language.label("id")).where(*_webinar(scope), TrainingSession.language.is_not(None))
    return query.distinct()


def office_trainings(scope: Scope) -> Rows:
    return _sessions_where(_office_training(scope))


def office_trainings_by_subject(scope: Scope) -> Rows:
    return _by_subject(_office_training(scope))


def office_trainings_ipc(scope: Scope) -> Rows:
    return _office_trainings_on(scope, ("IPC",))


def office_trainings_marks_and_designs(scope: Scope) -> Rows:
    return _office_trainings_on(scope, MARKS_AND_DESIGNS)


def _office_trainings_on(scope: Scope, codes: tuple[str, ...]) -> Rows:
    on_any = (
        exists()
        .where(SessionSubject.session_id == TrainingSession.id, SessionSubject.subject_id == Subject.id)
        .where(Subject.code.in_(codes))
        .correlate(TrainingSession)
    )
    return _sessions_where([*_office_training(scope), on_any])


def training_days(scope: Scope) -> Rows:
    """A training's days are all its own, also those of a training that ends in the next year."""
    query = (
        select(Meeting.session_id.label("id"), Meeting.on_date.label("day"))
        .join(TrainingSession)
        .where(*_office_training(scope), Meeting.state == MeetingState.PLANNED)
    )
    return query.distinct()


def meetings(scope: Scope) -> Rows:
    return (
        select(Meeting.id.label("id"))
        .join(TrainingSession)
        .where(*_delivered(scope), Meeting.state == MeetingState.PLANNED)
    )


def distinct_beneficiary_offices(scope: Scope) -> Rows:
    query = (
        select(SessionOffice.office_id.label("id"))
        .join(TrainingSession, TrainingSession.id == SessionOffice.session_id)
        .where(*_office_training(scope), SessionOffice.role == OfficeRole.BENEFICIARY)
    )
    return query.distinct()


def offices_reached(scope: Scope) -> Rows:
    benefited = (
        select(SessionOffice.office_id.label("id"))
        .join(TrainingSession, TrainingSession.id == SessionOffice.session_id)
        .where(*_delivered(scope), SessionOffice.role == OfficeRole.BENEFICIARY)
    )
    offices = _came(scope).c.office_id
    came = select(offices.label("id")).where(offices.is_not(None)).distinct()
    both = union(benefited, came).subquery()
    return select(both.c.id)


def _held(scope: Scope) -> list[ColumnElement[bool]]:
    """Sessions of the year that people can have registered for: published or delivered."""
    return [
        TrainingSession.state.in_((SessionState.PUBLISHED, SessionState.DELIVERED)),
        scope.holds(TrainingSession.first_day),
        scope.by_hand,
    ]


def registrations(scope: Scope) -> Rows:
    return (
        select(Registration.id.label("id"), Registration.session_id.label("session_id"))
        .join(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(*_held(scope), Registration.state == RegistrationState.CONFIRMED)
    )


@cache
def _came(scope: Scope) -> CTE:
    """Who came to what: one common table, so that a report with half a million rows passes over them once."""
    return (
        select(
            Attendance.id,
            Attendance.minutes,
            Registration.session_id,
            Registration.person_id,
            Registration.office_id,
        )
        .select_from(Attendance)
        .join(Registration, Registration.id == Attendance.registration_id)
        .join(TrainingSession, TrainingSession.id == Registration.session_id)
        .where(*_held(scope), Attendance.status.in_(CAME))
        .cte("came")
    )


def attendances(scope: Scope) -> Rows:
    came = _came(scope).c
    return select(came.id.label("id"), came.session_id.label("session_id"), came.minutes.label("amount"))


def participants(scope: Scope) -> Rows:
    return select(_came(scope).c.person_id.label("id")).distinct()


def requests_by_state(scope: Scope) -> Rows:
    return select(TrainingRequest.id.label("id"), TrainingRequest.state.label("member")).where(
        scope.holds(TrainingRequest.received_on), TrainingRequest.state != RequestState.DRAFT, scope.by_hand
    )


def advice(scope: Scope) -> Rows:
    return select(Advice.id.label("id")).where(Advice.year == scope.year, scope.kept(Advice.import_key))


def ipobs_offices(scope: Scope) -> Rows:
    return _offices_using(scope, OFFICE_SYSTEMS)


def exchange_platform_offices(scope: Scope) -> Rows:
    return _offices_using(scope, EXCHANGE_PLATFORMS)


def _offices_using(scope: Scope, systems: tuple[str, ...]) -> Rows:
    query = select(SystemUse.office_id.label("id")).where(
        SystemUse.system.in_(systems),
        SystemUse.started <= scope.last_day,
        or_(SystemUse.ended.is_(None), SystemUse.ended >= scope.last_day),
        scope.by_hand,
    )
    return query.distinct()


def _ocr(scope: Scope, stage: OcrStage, years: int) -> Rows:
    start = date(scope.year - years + 1, 1, 1)
    query = select(OcrStep.office_id.label("id")).where(
        OcrStep.stage == stage, OcrStep.on_date.between(start, scope.last_day), scope.by_hand
    )
    return query.distinct()


def ocr_received(scope: Scope) -> Rows:
    return _ocr(scope, OcrStage.RECEIVED, OCR_WINDOW_YEARS)


def ocr_trained(scope: Scope) -> Rows:
    return _ocr(scope, OcrStage.TRAINED, OCR_WINDOW_YEARS)


def ocr_untrained(scope: Scope) -> Rows:
    trained = select(OcrStep.office_id).where(OcrStep.stage == OcrStage.TRAINED, OcrStep.on_date <= scope.last_day)
    return ocr_received(scope).where(OcrStep.office_id.not_in(trained))


def ocr_in_production(scope: Scope) -> Rows:
    return _ocr(scope, OcrStage.IN_PRODUCTION, OCR_WINDOW_YEARS)


def ocr_pilot(scope: Scope) -> Rows:
    return _ocr(scope, OcrStage.PILOT, 1)


def funded_participants(scope: Scope) -> Rows:
    return select(FundedParticipation.id.label("id"), FundedParticipation.people.label("amount")).where(
        FundedParticipation.year == scope.year, scope.by_hand
    )


def collections(scope: Scope) -> Rows:
    return select(CollectionAdded.id.label("id"), CollectionAdded.database.label("member")).where(
        CollectionAdded.year == scope.year, scope.kept(CollectionAdded.import_key)
    )


def collection_offices(scope: Scope) -> Rows:
    query = select(CollectionAdded.office_id.label("id")).where(
        CollectionAdded.year == scope.year, scope.kept(CollectionAdded.import_key)
    )
    return query.distinct()
