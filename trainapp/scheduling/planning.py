"""Keeping a plan as a draft: codes, offices, meetings."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.accounts.queries import trainers_by_public_id
from trainapp.catalogue.models import Course, Edition, Subject
from trainapp.catalogue.queries import course_by_code, edition_in_force, subjects_by_code
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.core.tokens import digest
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.service import request_for
from trainapp.requests.steps import SETTLED
from trainapp.scheduling.locks import hold_requests, hold_turn_of, lock_requests, lock_session
from trainapp.scheduling.models import (
    Meeting,
    OfficeRole,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)
from trainapp.scheduling.plans import (
    EDITION_BY_DATE,
    MOST_MEETINGS,
    MOST_OFFICES,
    NO_EDITION,
    MeetingPlan,
    OfficePlan,
    Plan,
    instants_of,
    problems_of,
    window_of,
)
from trainapp.scheduling.queries import codes_beginning, trainers_shown
from trainapp.scheduling.teaching import ask_trainers, forget_answers, release_trainers


class DraftMoved(Conflict):
    """A draft is not what its form showed any more; what was typed must not be lost."""


def new_draft(actor: Person, plan: Plan, key: str = "") -> TrainingSession:
    """Keep a new session as a draft, and ask its trainers. Raises the first `DomainError` of `problems_of`.

    `key` is that of the form: the same plan sent with it again gives the session that is there already.
    """
    import_key = f"plan:{digest(repr((key, plan)))}" if key else None
    hold_turn_of(actor)
    kept = select(TrainingSession).where(
        TrainingSession.import_key == import_key, TrainingSession.import_key.is_not(None)
    )
    known = db.session.scalar(kept)
    if known is not None:
        return known
    session = TrainingSession(state=SessionState.DRAFT, titles={}, code="", import_key=import_key)
    session.requests = _agreed_and_held(actor, plan.requests)
    _fill_in(session, plan)
    db.session.add(session)
    db.session.flush()
    record_act(actor.id, "session planned", f"session:{session.id}", after=_summary(session))
    ask_trainers(actor, session, list(session.trainers))
    return session


def mark_of(session: TrainingSession) -> str:
    """A short mark of a draft that differs as soon as somebody changed its plan or its trainers."""
    trainers = sorted(person.public_id for person in session.trainers)
    return digest(repr((session.revised_at.isoformat(), session.state.value, trainers)))[:16]


def change_draft(actor: Person, session: TrainingSession, plan: Plan, seen: str) -> None:
    """Change a draft. New trainers are asked, and where times change all are, since what they said was for others.

    Who is no trainer of it any more is told, unless they had declined. Its requests are those of the plan among the
    ones it has. `seen` is the mark of the draft that the form showed.

    Raises `Conflict` for a session that is no draft any more, `DraftMoved` where it or a request that is to stay has
    changed since it was shown, else as `new_draft`.
    """
    lock_session(session.id)
    if session.state is not SessionState.DRAFT:
        raise Conflict(lazy("This session is no longer a draft, so its plan cannot be changed here."))
    if mark_of(session) != seen:
        raise DraftMoved.of_writers()
    if len(session.meetings) > MOST_MEETINGS or len(session.offices) > MOST_OFFICES:
        raise DomainError(lazy("This session has more meetings or offices than this form can hold."))
    before, times = _summary(session), _times_of(session)
    asked, coming = list(session.trainers), trainers_shown(session)
    session.requests = _requests_that_stay(session, plan)
    _fill_in(session, plan)
    session.revised_at = now()
    db.session.flush()
    record_act(actor.id, "draft changed", f"session:{session.id}", before=before, after=_summary(session))
    release_trainers(actor, session, [person for person in coming if person not in session.trainers])
    stayed = [person for person in session.trainers if person in asked]
    if _times_of(session) != times:
        forget_answers(session, stayed)
        stayed = []
    ask_trainers(actor, session, [person for person in session.trainers if person not in stayed])


def discard_draft(actor: Person, session: TrainingSession) -> None:
    """Delete a draft for good, and tell its trainers; its requests stay as they are.

    Raises `Conflict` for a session that was published. Nobody can have registered for a draft: were it so, the
    database would refuse, as for any other row that still names it.
    """
    lock_session(session.id)
    if session.state is not SessionState.DRAFT:
        raise Conflict(lazy("This session has been published or cancelled already."))
    release_trainers(actor, session, trainers_shown(session))
    record_act(actor.id, "draft discarded", f"session:{session.id}", before=_summary(session))
    db.session.delete(session)
    db.session.flush()


def _requests_that_stay(session: TrainingSession, plan: Plan) -> list[TrainingRequest]:
    staying = [request for request in lock_requests(session) if request.public_id in plan.requests]
    if any(request.state not in SETTLED for request in staying):
        raise DraftMoved.of_writers()
    return staying


def _times_of(session: TrainingSession) -> list[tuple[datetime | None, datetime | None]]:
    return [(meeting.starts_at, meeting.ends_at) for meeting in session.meetings]


def agreed_request(actor: Person, public_id: str) -> TrainingRequest:
    """The request a session is planned for. Raises `NotFound`, and `DomainError` while nothing is agreed."""
    if not public_id.isascii() or not public_id.isprintable():
        raise NotFound()
    request = request_for(actor, public_id)
    _check_agreed(request)
    return request


def _check_agreed(request: TrainingRequest) -> None:
    if request.state not in (RequestState.AGREED, RequestState.SCHEDULED):
        raise DomainError(lazy("A session can be planned once the request is agreed."))


def agreed_requests_of(actor: Person, public_ids: Iterable[str]) -> list[TrainingRequest]:
    """The requests of one session, each once. Raises as `agreed_request`."""
    return [agreed_request(actor, public_id) for public_id in dict.fromkeys(public_ids)]


def _agreed_and_held(actor: Person, public_ids: Iterable[str]) -> list[TrainingRequest]:
    """The same, held until the unit of work ends, so that none of them moves on while a session is planned for it."""
    requests = agreed_requests_of(actor, public_ids)
    hold_requests(requests)
    for request in requests:
        _check_agreed(request)
    return requests


def offices_of_plan(plan: Plan, requests: Iterable[TrainingRequest]) -> list[Office]:
    """The offices whose working days matter: those that take part, and those that asked; each once."""
    named = [office_by_code(part.office) for part in plan.offices]
    asking = [request.office for request in requests]
    return list(dict.fromkeys(office for office in (*named, *asking) if office is not None))


def subjects_of_plan(plan: Plan) -> list[Subject]:
    """The subjects of a plan, or those of its course, in the catalogue's order."""
    named = subjects_by_code(list(plan.subjects))
    course = course_by_code(plan.course) if plan.course and not named else None
    return named or (list(course.subjects) if course else [])


def _fill_in(session: TrainingSession, plan: Plan) -> None:
    for problem in problems_of(plan):
        raise problem
    course = _course_of(plan.course)
    subjects = subjects_of_plan(plan)
    if not subjects:
        raise DomainError(lazy("Choose a course, or at least one subject."), "subjects")
    days = [meeting.on_date for meeting in plan.meetings]
    window = window_of(plan)
    session.kind, session.course, session.audience = plan.kind, course, plan.audience
    session.titles = {plan.language: plan.title} if plan.title else {}
    session.language, session.interpretation = plan.language, list(plan.interpretation)
    session.mode, session.venue, session.join_url = plan.mode, plan.venue, plan.join_url
    session.zone, session.capacity = plan.zone, plan.capacity
    session.policy, session.seats_per_office = plan.policy, plan.seats_per_office
    session.hold_hours, session.confirm_hours = plan.hold_hours, plan.confirm_hours
    session.reminder_hours = plan.reminder_hours
    session.opens_at, session.closes_at = window.opens_at, window.closes_at
    session.first_day, session.last_day = min(days), max(days)
    session.trainers = trainers_by_public_id(plan.trainers)
    _set_code(session, subjects[0])
    _set_subjects(session, subjects, dict(plan.editions))
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


def _set_subjects(session: TrainingSession, subjects: list[Subject], editions: Mapping[str, str]) -> None:
    kept = {entry.subject_id: entry for entry in session.subjects}
    entries = [kept.get(subject.id) or SessionSubject(subject=subject) for subject in subjects]
    for entry in entries:
        choice = editions.get(entry.subject.code, EDITION_BY_DATE)
        entry.edition = edition_of(entry.subject, choice, session.first_day)
    session.subjects = entries


def edition_of(subject: Subject, choice: str, first_day: date) -> Edition | None:
    """The edition a plan means: the one named, none, or the one in force on the first day.

    Raises `DomainError` on `subjects` for a name the subject has no edition of.
    """
    if choice == NO_EDITION:
        return None
    if choice == EDITION_BY_DATE:
        return edition_in_force(subject, first_day)
    found = next((edition for edition in subject.editions if edition.name == choice), None)
    if found is None:
        raise DomainError(lazy("There is no such edition of this subject."), "subjects")
    return found


def _set_offices(session: TrainingSession, plan: Plan) -> None:
    """The offices as the plan names them, and those that asked; the latter are designated as where they are named."""
    kept = {(entry.office_id, entry.role): entry for entry in session.offices}
    named = [(_office_of(part), part.role, part.designation) for part in plan.offices]
    designations = {office: designation for office, _role, designation in named}
    asking = [
        (request.office, OfficeRole.REQUESTER, designations.get(request.office, "")) for request in session.requests
    ]
    wanted = {(office, role): designation for office, role, designation in (*asking, *named)}
    session.offices = [
        kept.get((office.id, role)) or SessionOffice(office=office, role=role) for office, role in wanted
    ]
    for entry, designation in zip(session.offices, wanted.values(), strict=True):
        entry.designation = designation


def _office_of(part: OfficePlan) -> Office:
    office = office_by_code(part.office)
    if office is None:
        raise DomainError(lazy("There is no office of this code."), part.field("office"))
    return office


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
        "capacity": session.capacity,
        "seats_per_office": session.seats_per_office,
        "hold_hours": session.hold_hours,
        "confirm_hours": session.confirm_hours,
        "reminder_hours": session.reminder_hours,
        "requests": [request.code for request in session.requests],
        "meetings": [f"{meeting.starts_at:%Y-%m-%dT%H:%MZ}" for meeting in session.meetings if meeting.starts_at],
    }
