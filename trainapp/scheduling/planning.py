"""Keeping a plan as a draft: codes, offices, meetings."""

from trainapp.accounts.models import Person
from trainapp.accounts.queries import trainers_by_public_id
from trainapp.catalogue.models import Course, Subject
from trainapp.catalogue.queries import course_by_code, edition_in_force, subjects_by_code
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.service import request_for
from trainapp.scheduling.locks import lock_session
from trainapp.scheduling.models import (
    Meeting,
    OfficeRole,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)
from trainapp.scheduling.plans import MOST_MEETINGS, MeetingPlan, Plan, instants_of, problems_of
from trainapp.scheduling.queries import codes_beginning


def new_draft(actor: Person, plan: Plan) -> TrainingSession:
    """Keep a new session as a draft. Raises the first `DomainError` of `problems_of`."""
    session = TrainingSession(state=SessionState.DRAFT, titles={}, code="")
    request = agreed_request(actor, plan.request) if plan.request else None
    if request is not None:
        session.requests = [request]
    _fill_in(session, plan)
    db.session.add(session)
    db.session.flush()
    record_act(actor.id, "session planned", f"session:{session.id}", after=_summary(session))
    return session


def change_draft(actor: Person, session: TrainingSession, plan: Plan) -> None:
    """Change a draft. Raises `Conflict` for a session that is no draft any more, else as `new_draft`."""
    lock_session(session.id)
    if session.state is not SessionState.DRAFT:
        raise Conflict(lazy("This session is no longer a draft, so its plan cannot be changed here."))
    if len(session.meetings) > MOST_MEETINGS:
        raise DomainError(lazy("This session has more meetings than this form can hold."))
    before = _summary(session)
    _fill_in(session, plan)
    session.revised_at = now()
    db.session.flush()
    record_act(actor.id, "draft changed", f"session:{session.id}", before=before, after=_summary(session))


def agreed_request(actor: Person, public_id: str) -> TrainingRequest:
    """The request a session is planned for. Raises `NotFound`, and `DomainError` while nothing is agreed."""
    if not public_id.isascii() or not public_id.isprintable():
        raise NotFound()
    request = request_for(actor, public_id)
    if request.state not in (RequestState.AGREED, RequestState.SCHEDULED):
        raise DomainError(lazy("A session can be planned once the request is agreed."))
    return request


def offices_of_plan(actor: Person, plan: Plan) -> list[Office]:
    """The offices whose working days matter: the beneficiary, and the one that asked; each once."""
    found = [office_by_code(plan.office)] if plan.office else []
    if plan.request:
        found.append(agreed_request(actor, plan.request).office)
    return list(dict.fromkeys(office for office in found if office is not None))


def _fill_in(session: TrainingSession, plan: Plan) -> None:
    for problem in problems_of(plan):
        raise problem
    course = _course_of(plan.course)
    subjects = subjects_by_code(list(plan.subjects)) or (list(course.subjects) if course else [])
    if not subjects:
        raise DomainError(lazy("Choose a course, or at least one subject."), "subjects")
    days = [meeting.on_date for meeting in plan.meetings]
    session.kind, session.course, session.audience = plan.kind, course, plan.audience
    session.titles = {plan.language: plan.title} if plan.title else {}
    session.language, session.interpretation = plan.language, list(plan.interpretation)
    session.mode, session.venue, session.join_url = plan.mode, plan.venue, plan.join_url
    session.zone, session.capacity = plan.zone, plan.capacity
    session.policy, session.hold_hours = plan.policy, plan.hold_hours
    session.first_day, session.last_day = min(days), max(days)
    session.trainers = trainers_by_public_id(plan.trainers)
    _set_code(session, subjects[0])
    _set_subjects(session, subjects)
    _set_offices(session, plan)
    _set_meetings(session, plan)


def _course_of(code: str) -> Course | None:
    if not code:
        return None
    course = course_by_code(code)
    if course is None:
        raise DomainError(lazy("There is no such course in the catalogue."), "course")
    return course


def _set_code(session: TrainingSession, subject: Subject) -> None:
    """Give a draft the next free code `2026-VIENNA-AR-03`; it keeps the one it has while that still fits."""
    beginning = f"{session.first_day.year}-{subject.code}-{(session.language or '').upper()}-"
    if session.code.startswith(beginning):
        return
    numbers = [code.removeprefix(beginning) for code in codes_beginning(beginning)]
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    session.code = f"{beginning}{last + 1:02d}"


def _set_subjects(session: TrainingSession, subjects: list[Subject]) -> None:
    kept = {entry.subject_id: entry for entry in session.subjects}
    entries = [kept.get(subject.id) or SessionSubject(subject=subject) for subject in subjects]
    for entry in entries:
        entry.edition = edition_in_force(entry.subject, session.first_day)
    session.subjects = entries


def _set_offices(session: TrainingSession, plan: Plan) -> None:
    """The beneficiary as the plan says, the requesters by the requests; hosts stay as they are."""
    beneficiary = office_by_code(plan.office) if plan.office else None
    if plan.office and beneficiary is None:
        raise DomainError(lazy("There is no office of this code."), "office")
    kept = {(entry.office_id, entry.role): entry for entry in session.offices}
    entries = [entry for entry in session.offices if entry.role is OfficeRole.HOST]
    wanted = [(request.office, OfficeRole.REQUESTER) for request in session.requests]
    if beneficiary is not None:
        wanted.append((beneficiary, OfficeRole.BENEFICIARY))
    for office, role in dict.fromkeys(wanted):
        entry = kept.get((office.id, role)) or SessionOffice(office=office, role=role)
        entry.designation = plan.designation if beneficiary is not None and office.id == beneficiary.id else ""
        entries.append(entry)
    session.offices = entries


def _set_meetings(session: TrainingSession, plan: Plan) -> None:
    """Meetings in the order of time; those there already keep their identity."""
    kept = list(session.meetings)
    ordered = sorted(plan.meetings, key=lambda meeting: (meeting.on_date, meeting.wall_start))
    for number, planned in enumerate(ordered, 1):
        meeting = kept[number - 1] if number <= len(kept) else Meeting(sequence=0)
        if number > len(kept):
            session.meetings.append(meeting)
        _place(meeting, planned, number, plan.zone)
    for surplus in kept[len(ordered) :]:
        session.meetings.remove(surplus)


def _place(meeting: Meeting, planned: MeetingPlan, number: int, zone: str) -> None:
    instants = instants_of(planned, zone)
    meeting.number, meeting.on_date, meeting.zone = number, planned.on_date, zone
    meeting.wall_start, meeting.wall_end = planned.wall_start, planned.wall_end
    meeting.starts_at, meeting.ends_at = instants.starts_at, instants.ends_at
    meeting.revised_at = now()


def _summary(session: TrainingSession) -> dict[str, object]:
    """What the audit trail keeps of a plan."""
    return {
        "code": session.code,
        "language": session.language,
        "mode": session.mode.value,
        "zone": session.zone,
        "policy": session.policy.value,
        "meetings": [f"{meeting.starts_at:%Y-%m-%dT%H:%MZ}" for meeting in session.meetings if meeting.starts_at],
    }
