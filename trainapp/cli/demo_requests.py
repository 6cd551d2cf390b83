"""The requests of the demonstration: one in every state, each with its way there."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Level
from trainapp.catalogue.queries import course_by_code, subjects_by_code
from trainapp.cli.demo_days import at_work, read, working_days
from trainapp.cli.demo_people import People, office_named
from trainapp.cli.demo_sessions import Sessions
from trainapp.core import timefmt
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.requests.models import Channel, Mode, RequestEvent, RequestState, Step, TrainingRequest
from trainapp.requests.queries import highest_number
from trainapp.requests.steps import Side, find_rule
from trainapp.scheduling.models import TrainingSession

SOON = timedelta(days=35)
LATER = timedelta(days=49)
PERIOD = timedelta(days=75)


def load_requests(people: People, sessions: Sessions) -> int:
    """Add the requests in the order in which they were received, and give how many."""
    entries = read("requests")["requests"]
    for entry in sorted(entries, key=lambda entry: _day_of(entry["steps"][0], _anchor(entry, sessions))):
        session = sessions.get(entry.get("session", ""))
        request = _request(entry, people, session)
        db.session.add(request)
        if session is not None:
            session.requests.append(request)
        db.session.flush()
    return len(entries)


def _anchor(entry: dict[str, Any], sessions: Sessions) -> date:
    """The day from which a request's days count back."""
    session = sessions.get(entry.get("session", ""))
    return min(session.first_day, today()) if session else today()


def _day_of(step: dict[str, Any], anchor: date) -> date:
    return min(anchor - timedelta(days=step["days"]), today())


def _request(entry: dict[str, Any], people: People, session: TrainingSession | None) -> TrainingRequest:
    office = office_named(entry["office"])
    course = course_by_code(entry["course"]) if "course" in entry else None
    anchor = min(session.first_day, today()) if session else today()
    received_on = _day_of(entry["steps"][0], anchor)
    request = TrainingRequest(
        code=f"R-{received_on.year}-{highest_number(received_on.year) + 1:04d}",
        office=office,
        course=course,
        subjects=list(course.subjects) if course else subjects_by_code(entry["subjects"]),
        mode=Mode(entry.get("mode", Mode.ONLINE)),
        level=course.level if course else Level.INTRODUCTION,
        languages=[entry[key] for key in ("language", "second_language") if key in entry],
        audience=entry["audience"],
        people=entry["people"],
        period_from=received_on + SOON,
        period_to=received_on + SOON + PERIOD,
        hours=entry["hours"],
        needs=entry["needs"],
        outcome=entry["outcome"],
        support=entry.get("support", ""),
        channel=Channel(entry.get("channel", Channel.OFFICE)),
        received_on=received_on,
        entered_by=_who(entry["steps"][0], people, people.focal_point(office)),
        created_at=at_work(received_on),
    )
    meetings = course.meetings if course else 1
    dates = _dates(entry["language"], meetings, session, request)
    state: RequestState | None = None
    for step in entry["steps"]:
        event = _event(step, state, anchor, dates)
        event.person = _who(step, people, people.focal_point(office))
        request.events.append(event)
        state = event.to_state
    request.state = request.events[-1].to_state
    return request


def _who(step: dict[str, Any], people: People, focal_point: Person) -> Person:
    return focal_point if step["by"] == Side.OFFICE else people.coordinator


def _dates(language: str, meetings: int, session: TrainingSession | None, request: TrainingRequest) -> dict[str, str]:
    """What stands for `{dates}` and `{other_dates}` in a comment, in its language."""
    proposed: Sequence[date] = working_days(today() + SOON, meetings, request.office)
    if session is not None:
        proposed = [meeting.on_date for meeting in session.meetings]
    other = working_days(today() + LATER, meetings, request.office)
    return {"dates": timefmt.days(proposed, language), "other_dates": timefmt.days(other, language)}


def _event(step: dict[str, Any], state: RequestState | None, anchor: date, dates: dict[str, str]) -> RequestEvent:
    """One step from a state, by the rules of requests. Raises `DomainError` when the data breaks them."""
    wanted = Step(step["step"])
    side = Side.SYSTEM if wanted in (Step.SCHEDULE, Step.DELIVER) else Side(step["by"])
    rule = find_rule(wanted, state, {side})
    comment = str(step.get("comment", "")).format_map(dates)
    if rule is None or (rule.needs_comment and not comment):
        raise DomainError(f"The demonstration has a step that cannot be: {wanted.value} from {state}.")
    to_state = rule.to or state
    return RequestEvent(
        at=at_work(_day_of(step, anchor)), step=wanted, from_state=state, to_state=to_state, comment=comment
    )
