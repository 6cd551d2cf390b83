"""What stands against a meeting, a plan or a session: the one place for clashes of every kind.

What stands against a whole session (who teaches it, and in which language) is told once, with its first meeting.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from markupsafe import Markup, escape
from sqlalchemy import and_, select

from trainapp.accounts.models import Person
from trainapp.core.clashes import Clash, ClashKind, Severity, in_order
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import Text, _, language_name
from trainapp.core.timefmt import UTC_NAME, listed, span
from trainapp.offices.clashes import Times, WeeklyHours, clock_changes, marked, office_clashes, touched_days
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.scheduling.clash_facts import Facts, Planned, facts_for, planned_of
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionState,
    TeachingState,
    TrainerProfile,
    TrainingSession,
)
from trainapp.scheduling.queries import every_session
from trainapp.scheduling.trainer_queries import missing_subjects, speaks
from trainapp.scheduling.trainer_time import Busy, Span, working_spans, zone_of

TWELVE_MONTHS = timedelta(days=366)
OfficeAndHours = tuple[Office, WeeklyHours | None]


@dataclass(frozen=True)
class SessionClash:
    """One thing that stands against a session to come."""

    session: TrainingSession
    clash: Clash


def meeting_clashes(
    starts_at: datetime,
    ends_at: datetime,
    *,
    offices: Sequence[OfficeAndHours] = (),
    trainers: Sequence[Person] = (),
    subject_codes: Collection[str] = (),
    language: str | None = None,
    zone: str = UTC_NAME,
    except_session: int | None = None,
    except_requests: Collection[int] = (),
    at: datetime | None = None,
) -> list[Clash]:
    """What stands against one meeting, the worst first; see `plan_clashes`."""
    return plan_clashes(
        [(starts_at, ends_at)],
        offices=offices,
        trainers=trainers,
        subject_codes=subject_codes,
        language=language,
        zone=zone,
        except_session=except_session,
        except_requests=except_requests,
        at=at,
    )[0]


def plan_clashes(
    meetings: Sequence[Times],
    *,
    offices: Sequence[OfficeAndHours] = (),
    trainers: Sequence[Person] = (),
    subject_codes: Collection[str] = (),
    language: str | None = None,
    zone: str = UTC_NAME,
    except_session: int | None = None,
    except_requests: Collection[int] = (),
    at: datetime | None = None,
) -> list[list[Clash]]:
    """What stands against each of the meetings, in a fixed number of queries, in the language being spoken.

    `except_session` and `except_requests` are what the meetings are for: their own times are not in the way.
    What has begun by `at` (the present where it is not said) is past.
    """
    planned = Planned(
        meetings=tuple(meetings),
        offices=tuple(offices),
        trainers=tuple(trainers),
        subject_codes=tuple(subject_codes),
        language=language,
        zone=zone,
        session_id=except_session,
        request_ids=frozenset(except_requests),
    )
    return clashes_of(planned, facts_for([planned]), at or now())


def session_clashes(session: TrainingSession) -> list[Clash]:
    """What stands against a session as it is planned, the worst first. Meetings that have begun are looked at too."""
    planned = planned_of(session)
    return in_order(_flat(clashes_of(planned, facts_for([planned]), now())))


def clashes_of_coming_sessions(at: datetime | None = None) -> list[SessionClash]:
    """What stands against the meetings of the next twelve months, of drafts and published sessions, the worst first.

    The number of queries does not grow with the sessions.
    """
    begin = at or now()
    sessions = _coming_sessions(begin, begin + TWELVE_MONTHS)
    planned = [_without_past(planned_of(session), begin) for session in sessions]
    facts = facts_for(planned)
    found = [
        SessionClash(session, clash)
        for session, each in zip(sessions, planned, strict=True)
        for clashes in clashes_of(each, facts, begin)
        for clash in clashes
    ]
    order = list(Severity)
    return sorted(found, key=lambda each: (order.index(each.clash.severity), each.clash.at, each.session.code))


def _coming_sessions(begin: datetime, end: datetime) -> list[TrainingSession]:
    is_coming = and_(Meeting.state == MeetingState.PLANNED, Meeting.ends_at > begin, Meeting.starts_at < end)
    query = (
        select(TrainingSession)
        .where(
            TrainingSession.state.in_((SessionState.DRAFT, SessionState.PUBLISHED)),
            TrainingSession.meetings.any(is_coming),
        )
        .options(*every_session())
        .order_by(TrainingSession.first_day, TrainingSession.id)
    )
    return list(db.session.scalars(query))


def _without_past(planned: Planned, at: datetime) -> Planned:
    return replace(planned, meetings=tuple(times for times in planned.meetings if times[1] > at))


def own_clashes(person: Person, sessions: Sequence[TrainingSession], at: datetime) -> list[list[Clash]]:
    """What stands against a trainer's own teaching of each session from an instant on, in a fixed number of queries.

    Offices are left out: their days are not the trainer's to mend.
    """
    planned = [replace(_without_past(planned_of(session), at), trainers=(person,), offices=()) for session in sessions]
    facts = facts_for(planned)
    return [in_order(_flat(clashes_of(each, facts, at))) for each in planned]


def clashes_of_candidates(session: TrainingSession, people: Sequence[Person], at: datetime) -> list[list[Clash]]:
    """What would stand against each person as a trainer of a session from an instant on, whoever teaches it now."""
    ahead = replace(_without_past(planned_of(session), at), offices=())
    planned = [replace(ahead, trainers=(person,)) for person in people]
    facts = facts_for(planned)
    besides = (ClashKind.PAST, ClashKind.CLOCKS_CHANGE)
    return [
        in_order(clash for clash in _flat(clashes_of(each, facts, at)) if clash.kind not in besides) for each in planned
    ]


def _flat(clashes: Iterable[Iterable[Clash]]) -> Iterator[Clash]:
    return (clash for each in clashes for clash in each)


def clashes_of(planned: Planned, facts: Facts, at: datetime) -> list[list[Clash]]:
    """What stands against each meeting, the worst first, from facts already fetched."""
    if not planned.meetings:
        return []
    found = [list(_of_meeting(times, planned, facts, at)) for times in planned.meetings]
    starts = [starts_at for starts_at, _ends_at in planned.meetings]
    found[starts.index(min(starts))].extend(_of_people(planned, facts, min(planned.meetings)))
    for clash in clock_changes(_zones_of(planned, facts), planned.meetings):
        found[starts.index(clash.at)].append(clash)
    return [in_order(each) for each in found]


def _zones_of(planned: Planned, facts: Facts) -> Iterator[str]:
    yield from (office.zone for office, _hours in planned.offices)
    yield from (zone_of(facts.profiles.get(person.id), person) for person in planned.trainers)


def _of_meeting(times: Times, planned: Planned, facts: Facts, at: datetime) -> Iterator[Clash]:
    if times[0] <= at:
        when = span(*times, planned.zone)
        sentence = _("This time has passed: %(when)s.", when=when)
        yield Clash(ClashKind.PAST, Severity.BLOCKS, "", when, times[0], sentence)
    for office, asked in planned.offices:
        yield from office_clashes(office, times, asked)
        yield from _office_busy(office, times, planned, facts)
    for person in _teaching(planned, facts):
        yield from _busy(person, times, planned, facts)
        yield from _working_time(person, facts.profiles.get(person.id), times)


def _office_busy(office: Office, times: Times, planned: Planned, facts: Facts) -> Iterator[Clash]:
    for busy in facts.office_busy[office.id].during(Span(*times)):
        if busy.session_id == planned.session_id:
            continue
        name, when = office_name(office), span(busy.span.starts_at, busy.span.ends_at, planned.zone)
        sentence = _told(
            _("This office (%(office)s) has “%(title)s” at the same time: %(when)s"),
            office=name,
            title=busy.title,
            when=when,
        )
        yield Clash(ClashKind.OFFICE_BUSY, Severity.WARNS, name, when, times[0], sentence)


def _busy(person: Person, times: Times, planned: Planned, facts: Facts) -> Iterator[Clash]:
    for busy in facts.busy[person.id].during(Span(*times)):
        if _is_own(busy, planned):
            continue
        when = span(busy.span.starts_at, busy.span.ends_at, planned.zone)
        if busy.kind == "meeting":
            template = _("%(trainer)s teaches “%(title)s” at the same time: %(when)s")
            kind, severity = ClashKind.TRAINER_BUSY, Severity.BLOCKS
        else:
            template = _("Dates offered for “%(title)s” hold the time of %(trainer)s: %(when)s")
            kind, severity = ClashKind.TRAINER_HELD, Severity.WARNS
        sentence = _told(template, trainer=person.name, title=busy.title, when=when)
        yield Clash(kind, severity, person.name, when, times[0], sentence)


def _is_own(busy: Busy, planned: Planned) -> bool:
    """Whether what a trainer has is what the meetings are for."""
    if busy.kind == "meeting":
        return busy.session_id == planned.session_id
    return busy.request_id in planned.request_ids


def _working_time(person: Person, profile: TrainerProfile | None, times: Times) -> Iterator[Clash]:
    """Whether a trainer works then, by their own clocks."""
    zone = zone_of(profile, person)
    days = touched_days(times, zone)
    meeting = Span(*times)
    if any(hours.holds(meeting) for hours in working_spans(profile, person, days[0], days[-1])):
        return
    when = span(*times, zone)
    exceptions = [] if profile is None else profile.exceptions
    if any(not each.is_free and each.first_day <= days[-1] and days[0] <= each.last_day for each in exceptions):
        kind, sentence = ClashKind.TRAINER_AWAY, _("%(trainer)s is away: %(when)s", trainer=person.name, when=when)
    else:
        kind = ClashKind.TRAINER_HOURS
        sentence = _("This is outside the working hours of %(trainer)s: %(when)s", trainer=person.name, when=when)
    yield Clash(kind, Severity.WARNS, person.name, when, times[0], sentence)


def _answer_of(person: Person, planned: Planned, facts: Facts) -> TeachingState | None:
    return facts.answers.get((planned.session_id or 0, person.id))


def _teaching(planned: Planned, facts: Facts) -> list[Person]:
    """The trainers who have not declined."""
    return [person for person in planned.trainers if _answer_of(person, planned, facts) is not TeachingState.DECLINED]


def _of_people(planned: Planned, facts: Facts, first: Times) -> Iterator[Clash]:
    """What stands against those who would teach, whenever it is."""
    when = span(*first, planned.zone)
    for person in planned.trainers:
        answer = _answer_of(person, planned, facts)
        if answer is TeachingState.DECLINED:
            sentence = _("%(trainer)s has declined to teach this session.", trainer=person.name)
            yield Clash(ClashKind.TRAINER_DECLINED, Severity.BLOCKS, person.name, when, first[0], sentence)
        elif answer is TeachingState.ASKED:
            sentence = _("%(trainer)s has not said yet whether they will teach this session.", trainer=person.name)
            yield Clash(ClashKind.TRAINER_UNCONFIRMED, Severity.NOTES, person.name, when, first[0], sentence)
    teaching = _teaching(planned, facts)
    for person in teaching:
        profile = facts.profiles.get(person.id)
        others = [facts.profiles.get(other.id) for other in teaching if other is not person]
        missing = _untaught(planned.subject_codes, profile, others)
        if missing:
            names = listed(facts.subjects.get(code, code) for code in missing)
            sentence = _("%(trainer)s does not teach this: %(subjects)s.", trainer=person.name, subjects=names)
            yield Clash(ClashKind.TRAINER_SUBJECT, Severity.WARNS, person.name, when, first[0], sentence)
        if not speaks(profile, planned.language):
            spoken = language_name(planned.language or "")
            sentence = _(
                "%(trainer)s does not teach in this language: %(language)s.", trainer=person.name, language=spoken
            )
            yield Clash(ClashKind.TRAINER_LANGUAGE, Severity.WARNS, person.name, when, first[0], sentence)


def _untaught(
    codes: Sequence[str], profile: TrainerProfile | None, others: Iterable[TrainerProfile | None]
) -> list[str]:
    """What a trainer is not here for: subjects they and all the others do not teach, or all where they teach none."""
    missing = missing_subjects(profile, codes)
    if len(missing) == len(codes):
        return missing
    for other in others:
        missing = missing_subjects(other, missing)
    return missing


def _told(template: str, **values: str | Text) -> Markup:
    """A sentence in which a title may stand in another language than the page."""
    return escape(template) % {
        name: marked(value) if isinstance(value, Text) else value for name, value in values.items()
    }
