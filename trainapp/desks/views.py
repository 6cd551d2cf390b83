"""What a person needs first when signing in, by role."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.accounts.queries import may, offices_spoken_for, roles_of
from trainapp.core.access import Permission, Role, access
from trainapp.core.clashes import Severity
from trainapp.core.clock import now
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.desks import coordinator_queries as coordination
from trainapp.desks import queries
from trainapp.desks.blueprint import blueprint
from trainapp.desks.rows import (
    assigned_row,
    draft_row,
    next_meeting_row,
    registration_row,
    session_row,
    teaching_row,
    waiting_row,
)
from trainapp.offices.queries import office_name
from trainapp.requests.models import RequestState
from trainapp.requests.rows import row_of
from trainapp.requests.steps import Side
from trainapp.scheduling.clash_words import Topic
from trainapp.scheduling.models import TeachingState

MOST_REQUESTS = 10
MOST_ANSWERS = 5
FOR_OFFICE = (RequestState.PROPOSED, RequestState.NEEDS_INFORMATION)
NOT_WAITING = tuple(state for state in RequestState if state not in (*FOR_OFFICE, RequestState.DRAFT))


@blueprint.get("/desk")
@access(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    person = acting_person()
    zone = reader_zone().zone
    return page(
        "desks/home.html",
        name=person.name,
        coordinator=_desk_of_coordinator(person, zone) if may(person, Permission.COORDINATE) else None,
        trainer=_desk_of_trainer(person, zone) if may(person, Permission.TEACH) else None,
        focal_point=_desk_of_focal_point(person, zone) if offices_spoken_for(person) else None,
        registrations=[registration_row(*found, zone) for found in queries.registrations_of(person)],
    )


def _desk_of_coordinator(person: Person, zone: str) -> dict[str, Any]:
    teaching, unsettled = coordination.unsettled_teaching(MOST_ANSWERS)
    late = coordination.last_day_of_late()
    return {
        "figures": _figures(person, unsettled),
        "requests": [assigned_row(item, late) for item in coordination.first_waiting(person, MOST_REQUESTS)],
        "teaching": [teaching_row(each, zone) for each in teaching],
        "sessions": [session_row(session, zone) for session in queries.sessions_of_next_days()],
        "drafts": [draft_row(session, zone) for session in queries.draft_sessions()],
    }


def _figures(person: Person, unsettled: int) -> list[tuple[int, str, str]]:
    """What waits, each with how much of it there is, what it is and where it stands."""
    waiting = coordination.waiting_requests(person)
    late = coordination.last_day_of_late().isoformat()

    def inbox(**filters: Any) -> str:
        return url_for("scheduling.inbox", waiting=Side.SECRETARIAT.value, **filters)

    return [
        (waiting.total, _("Requests waiting for the secretariat"), inbox()),
        (waiting.mine, _("Requests assigned to me"), inbox(assigned="me")),
        (waiting.nobodys, _("Requests assigned to nobody"), inbox(assigned="nobody")),
        (waiting.late, _("Requests that have waited more than ten days"), inbox(received_to=late)),
        (coordination.claims_waiting(), _("People who ask to be a focal point"), url_for("accounts.claims")),
        (
            unsettled,
            _("Trainers who declined or have not answered"),
            url_for("scheduling.clashes", kind=Topic.TRAINER_ANSWER.value),
        ),
        (
            coordination.double_booked_sessions(now()),
            _("Sessions whose trainer teaches elsewhere at the same time"),
            url_for("scheduling.clashes", severity=Severity.BLOCKS.value),
        ),
    ]


def _desk_of_trainer(person: Person, zone: str) -> dict[str, Any] | None:
    asked = queries.coming_sessions_of_trainer(person, TeachingState.ASKED)
    coming = queries.coming_sessions_of_trainer(person, TeachingState.CONFIRMED)
    to_mark = queries.sessions_without_attendance(person)
    is_trainer = Role.TRAINER in roles_of(person)
    if not (is_trainer or asked or coming or to_mark):
        return None
    return {
        "to_confirm": [session_row(session, zone) for session in asked],
        "next": next_meeting_row([*coming, *asked], zone),
        "to_mark": [session_row(session, zone) for session in to_mark],
        "coming": [session_row(session, zone) for session in coming],
        "own_url": url_for("scheduling.trainer", public_id=person.public_id) if is_trainer else None,
    }


def _desk_of_focal_point(person: Person, zone: str) -> dict[str, Any]:
    offices = offices_spoken_for(person)
    waiting = queries.requests_of_offices(offices, *FOR_OFFICE)
    offered = queries.dates_offered([item.id for item in waiting])
    return {
        "offices": [(office.code, office_name(office)) for office in queries.offices_of(offices)],
        "waiting": [waiting_row(item, offered.get(item.id, 0)) for item in waiting],
        "drafts": [row_of(item, Side.OFFICE) for item in queries.requests_of_offices(offices, RequestState.DRAFT)],
        "others": [row_of(item, Side.OFFICE) for item in queries.requests_of_offices(offices, *NOT_WAITING)],
        "several": len(offices) > 1,
        "sessions": [session_row(session, zone) for session in queries.coming_sessions_of_offices(offices)],
    }
