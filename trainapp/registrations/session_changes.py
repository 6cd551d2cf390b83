"""The rules of changing a session that people have registered for.

`carry_out` changes the session and tells its trainers and its offices' focal points; who is told among the people, and
what their calendars then lack, is the ledger's to say. The same function runs to show what would happen and to do it
(`change_preview`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from trainapp.accounts.models import Person
from trainapp.accounts.queries import may, trainers_by_public_id
from trainapp.core.access import Permission
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden, NotFound
from trainapp.core.languages import lazy
from trainapp.core.tokens import digest
from trainapp.registrations.change_notices import tell_focal_points_of_change, tell_trainers_of_change
from trainapp.registrations.changes import NEW_TIMES, Change, Content, Fact, MeetingWish, SessionAct, Times, What
from trainapp.registrations.invitations import later_than
from trainapp.registrations.queries import next_sequence
from trainapp.requests.models import Mode
from trainapp.scheduling import service as scheduling
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession
from trainapp.scheduling.plans import MOST_MEETINGS, MeetingPlan, instants_of
from trainapp.scheduling.queries import is_over, may_manage, planned_meetings, trainers_shown
from trainapp.scheduling.teaching import ask_trainers, forget_answers, release_trainers


def refuse_unless_changeable(actor: Person, session: TrainingSession, act: SessionAct | None) -> None:
    """Whether a session can be changed so at all.

    Raises `NotFound` for a session of others, `Conflict` for one that is over or in another state.
    """
    if not may_manage(actor, session):
        raise NotFound()
    if act is SessionAct.REINSTATE:
        if session.state is not SessionState.CANCELLED:
            raise Conflict(lazy("This session is not cancelled any more."))
        return
    if session.state is not SessionState.PUBLISHED:
        raise Conflict(lazy("Only a published session is changed here."))
    if is_over(session):
        raise Conflict(lazy("This session is over, so it does not change any more."))


def carry_out(actor: Person, session: TrainingSession, change: Change) -> Content:
    """Change a session whose lock is held, and tell those who run it; gives what its people are to be told.

    Raises as `refuse_unless_changeable`, `Forbidden` for what only coordinators change, and `DomainError` on an input
    of the form for what cannot be.
    """
    refuse_unless_changeable(actor, session, change.act)
    if change.is_of_those_who_plan() and not may(actor, Permission.COORDINATE):
        raise Forbidden()
    before, shown, asked_before = _summary(session), trainers_shown(session), list(session.trainers)
    facts = list(_facts_of(actor, session, change))
    if not facts:
        raise DomainError(lazy("Nothing has been changed yet."))
    session.revised_at = later_than(session.revised_at)
    db.session.flush()
    _note_what_changed(actor, session, before)
    content = Content(tuple(facts), change.words, change.words_language)
    staying = [person for person in session.trainers if person in asked_before and person.id != actor.id]
    asked = staying if content.has(*NEW_TIMES) else []
    _ask_again(session, asked)
    tell_trainers_of_change(session, content, [person for person in staying if person in (asked or shown)], asked)
    tell_focal_points_of_change(session, content, except_for=[actor, *session.trainers])
    db.session.flush()
    return content


def _facts_of(actor: Person, session: TrainingSession, change: Change) -> Iterator[Fact]:
    """Change everything that is to be changed, and name it."""
    is_back = change.act is SessionAct.REINSTATE
    if change.act is SessionAct.CANCEL:
        scheduling.cancel(actor, session, change.words)
        revise(_ahead(session))
        yield Fact(What.CANCELLED)
        return
    if is_back:
        scheduling.reinstate(actor, session)
        yield Fact(What.REINSTATED)
    revised: dict[Meeting, Fact] = {}
    for wish in change.meetings:
        meeting = _meeting_of(session, wish.number)
        fact = _change_meeting(meeting, wish, is_back=is_back)
        if fact is not None:
            revised[meeting] = fact
    yield from revised.values()
    for plan in change.added:
        yield _add_meeting(session, plan)
    added = session.meetings[len(session.meetings) - len(change.added) :]
    _check_meetings(session, [*revised, *added], is_back=is_back)
    places = list(_change_place(session, change))
    yield from places
    concerned = _ahead(session) if places or is_back else []
    revise(dict.fromkeys([*revised, *concerned]))
    yield from _change_trainers(actor, session, change.trainers)


def _meeting_of(session: TrainingSession, number: int) -> Meeting:
    found = next((meeting for meeting in session.meetings if meeting.number == number), None)
    if found is None:
        raise Conflict.of_writers()
    return found


def _ahead(session: TrainingSession) -> list[Meeting]:
    """The meetings that are to take place and have not ended."""
    at = now()
    return [meeting for meeting in planned_meetings(session) if meeting.ends_at is not None and meeting.ends_at > at]


def revise(meetings: Iterable[Meeting]) -> None:
    """Raise the SEQUENCE of meetings whose time, place or status has changed above all that was told (RFC 5546)."""
    for meeting in meetings:
        if meeting.id is not None:
            meeting.sequence = next_sequence(meeting)
        meeting.revised_at = later_than(meeting.revised_at)


def _change_meeting(meeting: Meeting, wish: MeetingWish, *, is_back: bool) -> Fact | None:
    """Move, cancel or reinstate one meeting; None where it stays as it is. `is_back`: its session was cancelled."""
    was_planned, before = meeting.state is MeetingState.PLANNED, _times_of(meeting)
    after = _wanted_times(meeting, wish)
    is_moved = after is not None and after != before
    if was_planned is not wish.is_cancelled and not is_moved:
        return None
    if before is not None and before[1] <= now() and was_planned and not is_back:
        message = lazy("Meeting %(number)s has taken place, so it does not change any more.", number=meeting.number)
        raise DomainError(message, wish.field("wall_start"))
    if wish.is_cancelled:
        if is_moved:
            message = lazy(
                "A meeting that is cancelled keeps its time. Let it take place, or leave its time as it was."
            )
            raise DomainError(message, wish.field("wall_start"))
        meeting.state = MeetingState.CANCELLED
        return Fact(What.MEETING_CANCELLED, meeting.number, before=before)
    if is_moved:
        assert wish.times is not None
        _place(meeting, wish.times)
    _refuse_past(meeting, wish.field("wall_start"))
    meeting.state = MeetingState.PLANNED
    what = What.MOVED if was_planned else What.MEETING_REINSTATED
    return Fact(what, meeting.number, before=before, after=_times_of(meeting))


def _times_of(meeting: Meeting) -> Times | None:
    if meeting.starts_at is None or meeting.ends_at is None:
        return None
    return meeting.starts_at, meeting.ends_at


def _wanted_times(meeting: Meeting, wish: MeetingWish) -> Times | None:
    """The instants a meeting is to have; what stands in the form as it was says nothing new.

    So a time that the clocks show twice need not be told apart again.
    """
    plan = wish.times
    if plan is None:
        return None
    walls = (plan.on_date, plan.wall_start, plan.wall_end)
    if walls == (meeting.on_date, meeting.wall_start, meeting.wall_end) and plan.is_later is None:
        return _times_of(meeting)
    instants = instants_of(replace(plan, number=meeting.number), meeting.zone)
    return instants.starts_at, instants.ends_at


def _place(meeting: Meeting, plan: MeetingPlan) -> None:
    instants = instants_of(plan, meeting.zone)
    meeting.on_date, meeting.wall_start, meeting.wall_end = plan.on_date, plan.wall_start, plan.wall_end
    meeting.starts_at, meeting.ends_at = instants.starts_at, instants.ends_at


def _refuse_past(meeting: Meeting, field: str) -> None:
    if meeting.starts_at is not None and meeting.starts_at <= now():
        raise DomainError(lazy("This time has passed. Choose one to come."), field)


def _add_meeting(session: TrainingSession, plan: MeetingPlan) -> Fact:
    if len(session.meetings) >= MOST_MEETINGS:
        message = lazy("A session has at most %(number)s meetings.", number=MOST_MEETINGS)
        raise DomainError(message, plan.field("on_date"))
    number = max((meeting.number for meeting in session.meetings), default=0) + 1
    meeting = Meeting(number=number, zone=session.zone, sequence=0, state=MeetingState.PLANNED)
    _place(meeting, plan)
    _refuse_past(meeting, plan.field("wall_start"))
    session.meetings.append(meeting)
    db.session.flush()
    return Fact(What.ADDED, number, after=_times_of(meeting))


def _check_meetings(session: TrainingSession, changed: Iterable[Meeting], *, is_back: bool) -> None:
    """What must hold of all meetings together: some take place, and no changed one lies across another."""
    planned = planned_meetings(session)
    if not planned:
        raise DomainError(lazy("No meeting would be left. Cancel the session instead."))
    if is_back and not _ahead(session):
        raise DomainError(lazy("All meetings of this session lie in the past. Give one a new time."))
    for meeting in changed:
        other = next((each for each in planned if meeting in planned and _overlaps(meeting, each)), None)
        if other is not None:
            message = lazy("This meeting overlaps with meeting %(number)s.", number=other.number)
            raise DomainError(message, f"meeting_{meeting.number}-wall_start")
    session.first_day = min(meeting.on_date for meeting in planned)
    session.last_day = max(meeting.on_date for meeting in planned)


def _overlaps(one: Meeting, other: Meeting) -> bool:
    if one is other or one.starts_at is None or one.ends_at is None:
        return False
    if other.starts_at is None or other.ends_at is None:
        return False
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _change_place(session: TrainingSession, change: Change) -> Iterator[Fact]:
    """Change where people meet; raises `DomainError` for a place that is not enough for how they meet."""
    before = (session.mode, session.venue, session.join_url)
    session.mode = change.mode or session.mode
    if change.venue is not None and change.venue != session.venue.replace("\r\n", "\n"):
        session.venue = change.venue
    session.join_url = session.join_url if change.join_url is None else change.join_url
    if before == (session.mode, session.venue, session.join_url):
        return
    if session.mode is not Mode.IN_PERSON and not session.join_url:
        raise DomainError(lazy("People who meet online need a link to join."), "join_url")
    if session.mode is not Mode.ONLINE and not session.venue:
        raise DomainError(lazy("People who meet in person need to know the venue."), "venue")
    if before[:2] != (session.mode, session.venue):
        yield Fact(What.PLACE)
    if before[2] != session.join_url:
        yield Fact(What.LINK)


def _change_trainers(actor: Person, session: TrainingSession, wanted: tuple[str, ...] | None) -> Iterator[Fact]:
    """Put others in the place of trainers: who leaves is told so, who is new is asked."""
    before, shown = list(session.trainers), trainers_shown(session)
    if wanted is None or {person.public_id for person in before} == set(wanted):
        return
    if not wanted:
        raise DomainError(lazy("A session needs at least one trainer."), "trainers")
    known = {person.public_id: person for person in [*trainers_by_public_id(wanted), *before]}
    if not known.keys() >= set(wanted):
        raise DomainError(lazy("Somebody of this list is no trainer any more. Choose again."), "trainers")
    session.trainers = [known[public_id] for public_id in dict.fromkeys(wanted)]
    db.session.flush()
    db.session.expire(session, ["teaching"])
    release_trainers(actor, session, [person for person in shown if person not in session.trainers])
    ask_trainers(actor, session, [person for person in session.trainers if person not in before])
    yield Fact(What.TRAINERS, names=tuple(person.name for person in trainers_shown(session)))


def _ask_again(session: TrainingSession, people: list[Person]) -> None:
    """At new times trainers are asked again, also those who had declined."""
    if people:
        forget_answers(session, people)
        db.session.flush()
        db.session.expire(session, ["teaching"])


def _summary(session: TrainingSession) -> dict[str, Any]:
    """What the audit trail keeps of a session; of the link, that it changed."""
    return {
        "meetings": [
            [meeting.number, meeting.state.value, meeting.starts_at.isoformat() if meeting.starts_at else ""]
            for meeting in session.meetings
        ],
        "mode": session.mode.value,
        "venue": session.venue,
        "join_url": digest(session.join_url)[:12],
        "trainers": [person.public_id for person in session.trainers],
    }


def _note_what_changed(actor: Person, session: TrainingSession, before: dict[str, Any]) -> None:
    after = _summary(session)
    changed = [name for name, value in after.items() if value != before[name]]
    if changed:
        past, present = ({name: values[name] for name in changed} for values in (before, after))
        record_act(actor.id, "session changed", f"session:{session.id}", past, present)
