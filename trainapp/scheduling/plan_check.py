"""A plan shown back before it is saved: every time in every zone that matters, and what stands against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.core.clashes import Clash
from trainapp.core.database import db
from trainapp.core.timefmt import UTC_NAME, TimeLine, time_lines
from trainapp.offices.models import Office
from trainapp.requests.models import TrainingRequest
from trainapp.requests.slots import weekly_hours_of
from trainapp.scheduling.clashes import plan_clashes
from trainapp.scheduling.planning import subjects_of_plan
from trainapp.scheduling.plans import Plan, instants_of

BUREAU_ZONE = "Europe/Zurich"


@dataclass(frozen=True)
class MeetingCheck:
    """One meeting: the session's time first, then each office's, the bureau's and UTC; and what stands against it."""

    number: int
    lines: list[TimeLine]
    clashes: list[Clash]


def check_of(
    plan: Plan, offices: Sequence[Office], trainer_ids: Iterable[int], at: datetime, except_session: int | None
) -> list[MeetingCheck]:
    """What a coordinator looks at before saving a plan that has no problems, at an instant."""
    placed = [(meeting, instants_of(meeting, plan.zone)) for meeting in plan.meetings]
    requests = _requests_of(plan)
    asked = {request.office_id: weekly_hours_of(request) for request in requests}
    clashes = plan_clashes(
        [(instants.starts_at, instants.ends_at) for _meeting, instants in placed],
        offices=[(office, asked.get(office.id)) for office in offices],
        trainers=_people(trainer_ids),
        subject_codes=[subject.code for subject in subjects_of_plan(plan)],
        language=plan.language,
        zone=plan.zone,
        except_session=except_session,
        except_requests=[request.id for request in requests],
        at=at,
    )
    zones = [*(office.zone for office in offices), BUREAU_ZONE, UTC_NAME]
    return [
        MeetingCheck(
            number=meeting.number,
            lines=time_lines(instants.starts_at, instants.ends_at, plan.zone, zones),
            clashes=found,
        )
        for (meeting, instants), found in zip(placed, clashes, strict=True)
    ]


def _requests_of(plan: Plan) -> list[TrainingRequest]:
    """The requests a plan answers; that the planner may see them was asked when they were named."""
    return list(db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id.in_(plan.requests))))


def _people(ids: Iterable[int]) -> list[Person]:
    return list(db.session.scalars(select(Person).where(Person.id.in_(list(ids))).order_by(Person.name, Person.id)))
