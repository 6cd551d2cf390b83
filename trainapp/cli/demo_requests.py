"""The requests of the demonstration: one in every state, each with its way there."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Level
from trainapp.catalogue.queries import course_by_code, subjects_by_code
from trainapp.cli.demo_days import at_wall_time, at_work, read, working_days
from trainapp.cli.demo_people import People, office_named
from trainapp.cli.demo_sessions import Sessions
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.offices.models import Office
from trainapp.requests.models import (
    Channel,
    Mode,
    RequestEvent,
    RequestState,
    Slot,
    SlotMeeting,
    Step,
    TrainingRequest,
)
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
        weekdays=[weekday for weekday in range(1, 8) if weekday not in office.weekend],
        hours_from=office.work_start,
        hours_to=office.work_end,
        assigned_to=people.by_key.get(entry.get("assigned_to", "")),
        needs=entry["needs"],
        outcome=entry["outcome"],
        support=entry.get("support", ""),
        channel=Channel(entry.get("channel", Channel.OFFICE)),
        received_on=received_on,
        entered_by=_who(entry["steps"][0], people, people.focal_point(office)),
        created_at=at_work(received_on),
    )
    days = _days_to_offer(course.meetings if course else 1, session, office)
    state: RequestState | None = None
    for step in entry["steps"]:
        event = _event(step, state, anchor)
        event.person = _who(step, people, people.focal_point(office))
        event.slots = [
            _slot(step, slot, number, days, people, office) for number, slot in enumerate(step.get("slots", []), 1)
        ]
        if event.step is Step.AGREE and request.events:
            _choose_first(request, event)
        request.events.append(event)
        state = event.to_state
    request.state = request.events[-1].to_state
    return request


def _who(step: dict[str, Any], people: People, focal_point: Person) -> Person:
    return focal_point if step["by"] == Side.OFFICE else people.coordinator


def _days_to_offer(meetings: int, session: TrainingSession | None, office: Office) -> dict[str, Sequence[date]]:
    """What stands for `dates` and `other_dates` of a slot."""
    dates: Sequence[date] = working_days(today() + SOON, meetings, office)
    if session is not None:
        dates = [meeting.on_date for meeting in session.meetings]
    return {"dates": dates, "other_dates": working_days(today() + LATER, meetings, office)}


def _slot(
    step: dict[str, Any],
    entry: dict[str, Any],
    number: int,
    days: dict[str, Sequence[date]],
    people: People,
    office: Office,
) -> Slot:
    start, end = (time.fromisoformat(entry[name]) for name in ("from", "to"))
    meetings = [
        SlotMeeting(
            number=index,
            on_date=day,
            wall_start=start,
            wall_end=end,
            starts_at=at_wall_time(day, start, office.zone),
            ends_at=at_wall_time(day, end, office.zone),
        )
        for index, day in enumerate(days[entry["days"]], 1)
    ]
    trainers = [people.by_key[step["trainer"]]] if "trainer" in step else []
    return Slot(position=number, zone=office.zone, meetings=meetings, trainers=trainers)


def _choose_first(request: TrainingRequest, agreement: RequestEvent) -> None:
    """Whoever agrees takes the first of the slots offered last."""
    offered = [event.slots for event in request.events if event.slots]
    if offered:
        offered[-1][0].chosen_by = agreement


def _event(step: dict[str, Any], state: RequestState | None, anchor: date) -> RequestEvent:
    """One step from a state, by the rules of requests. Raises `DomainError` when the data breaks them."""
    wanted = Step(step["step"])
    side = Side.SYSTEM if wanted in (Step.SCHEDULE, Step.CALL_OFF, Step.DELIVER) else Side(step["by"])
    rule = find_rule(wanted, state, {side})
    comment = str(step.get("comment", ""))
    if rule is None or (rule.needs_comment and not comment):
        raise DomainError(f"The demonstration has a step that cannot be: {wanted.value} from {state}.")
    to_state = rule.to or state
    return RequestEvent(
        at=at_work(_day_of(step, anchor)), step=wanted, from_state=state, to_state=to_state, comment=comment
    )
