"""What the page of a session shows, put into the reader's words and zone; never a join link, never an address."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time

from trainapp.accounts.models import Person
from trainapp.accounts.queries import may
from trainapp.catalogue.queries import course_text, level_label, subject_name
from trainapp.core.access import Permission
from trainapp.core.clashes import Clash, Severity, worst
from trainapp.core.languages import Text, _, current_language, language_name, ngettext
from trainapp.core.timefmt import TimeLine, day_line, listed, moment, time_lines
from trainapp.offices.queries import office_name
from trainapp.requests.labels import mode_label
from trainapp.requests.models import Mode
from trainapp.scheduling.labels import (
    TEACHING_TONES,
    TONES,
    kind_label,
    office_role_label,
    session_state_label,
    teaching_state_label,
)
from trainapp.scheduling.material_rows import MaterialRow, material_row
from trainapp.scheduling.materials import public_materials
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    OfficeRole,
    RegistrationPolicy,
    SessionState,
    SessionSubject,
    SessionTrainer,
    TrainingSession,
)
from trainapp.scheduling.publication import clashes_of_interest, doubts_about, missing_for_publication
from trainapp.scheduling.queries import (
    PUBLIC_STATES,
    is_over,
    may_manage,
    may_nominate,
    planned_meetings,
    registration_is_open_to,
    session_title,
    trainers_shown,
)

Fact = tuple[str, str]
Tag = tuple[str, str]


@dataclass(frozen=True)
class MeetingView:
    """One meeting; `has_file` says whether it stands in calendars (days without hours never do)."""

    number: int
    lines: list[TimeLine]
    is_cancelled: bool
    has_file: bool


@dataclass(frozen=True)
class CourseView:
    """The course's texts, each with the language it is in."""

    summary: Text
    audience: Text
    outcome: Text


@dataclass(frozen=True)
class SessionView:
    """`state` decides the notice at the top; `registration` is a sentence, beside the button or instead of it."""

    code: str
    state: SessionState
    title: Text
    kind: str
    course: CourseView | None
    meetings: list[MeetingView]
    where: str
    facts: list[Fact]
    held_in: str | None
    may_register: bool
    is_by_approval: bool
    names_people: bool
    registration: str | None
    has_calendar: bool
    is_over: bool
    materials: list[MaterialRow]
    desk: "DeskView | None"


@dataclass(frozen=True)
class TeachingView:
    """A trainer's answer, and why where they declined; the reason is for those who plan, not for other trainers."""

    name: str
    state: Tag
    reason: str


@dataclass(frozen=True)
class DeskView:
    """What those who manage the session see and may do besides; `requests` are public ids and codes.

    `missing` keeps a draft from being published; `doubts` and `clashes` do not, but `is_possible` asks once more.
    """

    code: str
    state: Tag
    may_plan: bool
    may_deliver: bool
    may_repeat: bool
    may_substitute: bool
    may_change: bool
    may_cancel: bool
    may_reinstate: bool
    missing: list[str]
    doubts: list[str]
    clashes: list[Clash]
    is_possible: bool
    teaching: list[TeachingView]
    requests: list[tuple[str, str]]


def session_view(
    session: TrainingSession, reader: Person | None, zone: str, at: datetime, material_address: Callable[[str], str]
) -> SessionView:
    """The page of a session for a reader in a zone at an instant; see `material_row` for the address."""
    meetings = [_meeting_view(meeting, zone) for meeting in by_date(session.meetings)]
    return SessionView(
        code=session.code,
        state=session.state,
        title=session_title(session),
        kind=kind_label(session.kind),
        course=_course_view(session),
        meetings=meetings,
        where=where_sentence(session),
        facts=_facts(session),
        held_in=_other_language(session),
        may_register=registration_is_open_to(reader, session, at),
        is_by_approval=session.policy is RegistrationPolicy.APPROVAL,
        names_people=_names_people(session, reader),
        registration=_registration_sentence(session, reader, zone, at),
        has_calendar=any(meeting.has_file for meeting in meetings),
        is_over=is_over(session, at),
        materials=[material_row(material, material_address) for material in public_materials(session)],
        desk=_desk_view(session, reader, at),
    )


def _desk_view(session: TrainingSession, reader: Person | None, at: datetime) -> DeskView | None:
    if reader is None or not may_manage(reader, session):
        return None
    coordinates = may(reader, Permission.COORDINATE)
    is_draft = session.state is SessionState.DRAFT
    is_changeable = session.state is SessionState.PUBLISHED and not is_over(session, at)
    is_to_come = is_draft or is_changeable
    clashes = clashes_of_interest(session) if coordinates and is_to_come else []
    return DeskView(
        code=session.code,
        state=(session_state_label(session.state), TONES[session.state]),
        may_plan=coordinates and is_draft,
        may_deliver=session.state is SessionState.PUBLISHED and is_over(session, at),
        may_repeat=coordinates,
        may_substitute=coordinates and is_to_come and bool(session.trainers),
        may_change=is_changeable,
        may_cancel=coordinates and is_changeable,
        may_reinstate=coordinates and session.state is SessionState.CANCELLED,
        missing=missing_for_publication(session) if is_draft else [],
        doubts=doubts_about(session) if is_draft else [],
        clashes=clashes,
        is_possible=worst(clashes) is not Severity.BLOCKS,
        teaching=[_teaching_view(entry, coordinates) for entry in session.teaching] if is_to_come else [],
        requests=[(asked.public_id, asked.code) for asked in session.requests] if coordinates else [],
    )


def _teaching_view(entry: SessionTrainer, shows_reason: bool) -> TeachingView:
    state = (teaching_state_label(entry.state), TEACHING_TONES[entry.state])
    return TeachingView(entry.person.name, state, entry.reason if shows_reason else "")


def by_date(meetings: Iterable[Meeting]) -> list[Meeting]:
    """Meetings in the order in which they take place: one that was moved keeps its number."""
    return sorted(meetings, key=lambda meeting: (meeting.on_date, meeting.wall_start or time.min, meeting.number))


def _meeting_view(meeting: Meeting, zone: str) -> MeetingView:
    if meeting.starts_at is None or meeting.ends_at is None:
        lines = [day_line(meeting.on_date)]
    else:
        lines = time_lines(meeting.starts_at, meeting.ends_at, zone, (meeting.zone,))
    is_cancelled = meeting.state is MeetingState.CANCELLED
    return MeetingView(meeting.number, lines, is_cancelled, meeting.starts_at is not None)


def _course_view(session: TrainingSession) -> CourseView | None:
    if session.course is None:
        return None
    text = course_text(session.course)
    return CourseView(*(Text(part, text.language) for part in (text.summary, text.audience, text.outcome)))


def where_sentence(session: TrainingSession) -> str:
    """Where people meet; the link to join goes to those who registered alone."""
    if session.mode is Mode.IN_PERSON:
        return session.venue
    if session.mode is Mode.HYBRID:
        return _("%(venue)s, and online. The link to join is in your invitation.", venue=session.venue)
    return _("Online. The link to join is in your invitation.")


def _facts(session: TrainingSession) -> list[Fact]:
    facts = [
        (_("Language of the session"), language_name(session.language) if session.language else ""),
        (_("Interpretation into"), listed(language_name(code) for code in session.interpretation)),
        (_("Subjects"), listed(_subject_text(entry) for entry in session.subjects)),
        (_("Level"), level_label(session.course.level) if session.course else ""),
        (_("How people meet"), mode_label(session.mode)),
        (_("For whom"), session.audience),
        (_("Seats"), capacity_text(session.capacity) if session.capacity else ""),
        (_("Seats for each IP office"), capacity_text(session.seats_per_office) if session.seats_per_office else ""),
        *((office_role_label(role), _offices_in(session, role)) for role in OfficeRole),
        (_("Trainers"), listed(trainer.name for trainer in trainers_shown(session))),
    ]
    return [(term, value) for term, value in facts if value]


def capacity_text(capacity: int) -> str:
    return ngettext("At most %(num)s person", "At most %(num)s people", capacity)


def _subject_text(entry: SessionSubject) -> str:
    if entry.edition is None:
        return subject_name(entry.subject)
    return f"{subject_name(entry.subject)} ({entry.edition.name})"


def _offices_in(session: TrainingSession, role: OfficeRole) -> str:
    return listed(entry.designation or office_name(entry.office) for entry in session.offices if entry.role is role)


def _other_language(session: TrainingSession) -> str | None:
    """A sentence for those who read the page in a language the session is not held in."""
    reader = current_language()
    if session.language in (None, reader) or reader in session.interpretation:
        return None
    return _("This session is held in %(language)s.", language=language_name(str(session.language)))


def _names_people(session: TrainingSession, reader: Person | None) -> bool:
    """Whether a reader looks after the people of an office in this session, be it open to more or not."""
    is_by_nomination = session.policy is RegistrationPolicy.NOMINATION
    return is_by_nomination and session.state in PUBLIC_STATES and may_nominate(reader, session)


def _registration_sentence(session: TrainingSession, reader: Person | None, zone: str, at: datetime) -> str | None:
    if session.state is not SessionState.PUBLISHED or is_over(session, at) or not planned_meetings(session):
        return None
    if session.policy is RegistrationPolicy.CLOSED:
        return _("People come to this session by invitation. There is no registration.")
    opens = moment(session.opens_at, zone) if session.opens_at is not None and at < session.opens_at else None
    closed = moment(session.closes_at, zone) if session.closes_at is not None and session.closes_at <= at else None
    if session.policy is RegistrationPolicy.NOMINATION:
        return _nomination_sentence(opens, closed, may_name=may_nominate(reader, session))
    if opens is not None:
        return _("Registration opens at this time: %(when)s", when=opens)
    if closed is not None:
        return _("Registration has been closed since %(when)s", when=closed)
    if session.policy is RegistrationPolicy.APPROVAL:
        return _("You can apply for this session. Those who run it decide, and write to you.")
    return None


def _nomination_sentence(opens: str | None, closed: str | None, *, may_name: bool) -> str:
    """What somebody does about a session by nomination: those who name people themselves, others ask them."""
    if closed is not None:
        return _("IP offices nominate the people for this session. This has been closed since %(when)s", when=closed)
    if opens is not None and may_name:
        return _("You can name people of your IP office for this session from this time: %(when)s", when=opens)
    if opens is not None:
        return _(
            "IP offices nominate the people for this session. Please ask the focal point of your office. "
            "People can be named from this time: %(when)s",
            when=opens,
        )
    if may_name:
        return _("IP offices nominate the people for this session. You can name those of your office here.")
    return _("IP offices nominate the people for this session. Please ask the focal point of your office.")
