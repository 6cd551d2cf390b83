"""A plan shown back before it is saved: every time in every zone that matters, and what stands against it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from trainapp.accounts.models import Person
from trainapp.core.languages import Text
from trainapp.core.timefmt import UTC_NAME, TimeLine, day, span, time_lines
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.working_time import days_off
from trainapp.scheduling.models import Meeting
from trainapp.scheduling.plans import Instants, Plan, instants_of
from trainapp.scheduling.queries import meetings_of_trainers, session_title

BUREAU_ZONE = "Europe/Zurich"


@dataclass(frozen=True)
class OfficeDayOff:
    """A day on which an office does not work; without a holiday it is its weekend."""

    office: str
    day: str
    holiday: Text | None


@dataclass(frozen=True)
class Clash:
    """A trainer's other meeting at the same time."""

    trainer: str
    title: Text
    when: str


@dataclass(frozen=True)
class MeetingCheck:
    """One meeting: the session's time first, then each office's, the bureau's and UTC; and what stands against it."""

    number: int
    lines: list[TimeLine]
    is_past: bool
    days_off: list[OfficeDayOff]
    clashes: list[Clash]

    @property
    def is_clear(self) -> bool:
        return not (self.is_past or self.days_off or self.clashes)


def check_of(
    plan: Plan, offices: Sequence[Office], trainer_ids: Iterable[int], at: datetime, except_session: int | None
) -> list[MeetingCheck]:
    """What a coordinator looks at before saving a plan that has no problems."""
    placed = [(meeting, instants_of(meeting, plan.zone)) for meeting in plan.meetings]
    zones = [*(office.zone for office in offices), BUREAU_ZONE, UTC_NAME]
    others = _other_meetings([instants for _meeting, instants in placed], trainer_ids, except_session)
    return [
        MeetingCheck(
            number=meeting.number,
            lines=time_lines(instants.starts_at, instants.ends_at, plan.zone, zones),
            is_past=instants.starts_at <= at,
            days_off=list(_days_off(instants, offices)),
            clashes=list(_clashes(instants, others, plan.zone)),
        )
        for meeting, instants in placed
    ]


def _days_off(instants: Instants, offices: Sequence[Office]) -> Iterator[OfficeDayOff]:
    """The days off among those a meeting touches where each office is."""
    for office in offices:
        zone = ZoneInfo(office.zone)
        there = [moment.astimezone(zone).date() for moment in (instants.starts_at, instants.ends_at)]
        for off in days_off(office, there):
            yield OfficeDayOff(office_name(office), day(off.on), off.holiday)


def _other_meetings(
    placed: Sequence[Instants], trainer_ids: Iterable[int], except_session: int | None
) -> list[tuple[Person, Meeting]]:
    """Every other meeting of the trainers between the first and the last planned instant, in one query."""
    ids = list(trainer_ids)
    if not ids or not placed:
        return []
    first = min(instants.starts_at for instants in placed)
    last = max(instants.ends_at for instants in placed)
    return meetings_of_trainers(ids, first, last, except_session)


def _clashes(instants: Instants, others: Iterable[tuple[Person, Meeting]], zone: str) -> Iterator[Clash]:
    for person, meeting in others:
        if meeting.starts_at is None or meeting.ends_at is None:
            continue
        if meeting.starts_at < instants.ends_at and instants.starts_at < meeting.ends_at:
            when = span(meeting.starts_at, meeting.ends_at, zone)
            yield Clash(person.name, session_title(meeting.session), when)
