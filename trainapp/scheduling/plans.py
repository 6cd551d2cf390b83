"""A session as it is planned: plain values, the instants they mean, and what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from trainapp.core.errors import DomainError
from trainapp.core.languages import LANGUAGES, lazy
from trainapp.core.timefmt import known_zones
from trainapp.core.walltime import instant_of
from trainapp.requests.models import Mode
from trainapp.scheduling.models import RegistrationPolicy, SessionKind

MOST_MEETINGS = 6
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100


@dataclass(frozen=True)
class MeetingPlan:
    """One meeting in wall time of the session's zone.

    `is_later` decides a time that the clocks show twice: the later of the two, the earlier, or None for not said.
    """

    number: int
    on_date: date
    wall_start: time
    wall_end: time
    is_later: bool | None = None

    def field(self, name: str) -> str:
        """The name of an input of this meeting in the form."""
        return f"meeting_{self.number}-{name}"


@dataclass(frozen=True)
class Plan:
    """Everything a coordinator decides about a session; people, offices and subjects by their public names.

    `title` is in the session's language; without one the course's stands in. `capacity` of None means no limit.
    """

    kind: SessionKind
    language: str
    mode: Mode
    zone: str
    policy: RegistrationPolicy
    meetings: tuple[MeetingPlan, ...]
    course: str = ""
    title: str = ""
    audience: str = ""
    subjects: tuple[str, ...] = ()
    interpretation: tuple[str, ...] = ()
    venue: str = ""
    join_url: str = ""
    capacity: int | None = None
    hold_hours: int = 48
    trainers: tuple[str, ...] = ()
    office: str = ""
    designation: str = ""
    request: str = ""


@dataclass(frozen=True)
class Instants:
    """When a meeting begins and ends, aware, in UTC."""

    starts_at: datetime
    ends_at: datetime


def problems_of(plan: Plan) -> list[DomainError]:
    """Everything that keeps a plan from being saved, each with the input to mend; empty where it can be."""
    found = list(_general_problems(plan))
    if plan.zone not in known_zones():
        return found
    placed: list[tuple[MeetingPlan, Instants]] = []
    for meeting in plan.meetings:
        try:
            instants = instants_of(meeting, plan.zone)
        except DomainError as error:
            found.append(error)
            continue
        found.extend(_overlaps(meeting, instants, placed))
        placed.append((meeting, instants))
    return found


def _general_problems(plan: Plan) -> Iterator[DomainError]:
    if plan.zone not in known_zones():
        yield DomainError(lazy("There is no time zone of this name. Choose one from the list."), "zone")
    if plan.language not in LANGUAGES:
        yield DomainError(lazy("There is no such language here."), "spoken")
    if not plan.course and not plan.subjects:
        yield DomainError(lazy("Choose a course, or at least one subject."), "subjects")
    if plan.language in plan.interpretation:
        yield DomainError(lazy("The session is held in this language already."), "interpretation")
    if not plan.meetings:
        yield DomainError(lazy("A session needs at least one meeting."), "meeting_1-on_date")


def _overlaps(
    meeting: MeetingPlan, instants: Instants, placed: list[tuple[MeetingPlan, Instants]]
) -> Iterator[DomainError]:
    for other, taken in placed:
        if instants.starts_at < taken.ends_at and taken.starts_at < instants.ends_at:
            message = lazy("This meeting overlaps with meeting %(number)s.", number=other.number)
            yield DomainError(message, meeting.field("wall_start"))
            return


def instants_of(meeting: MeetingPlan, zone: str) -> Instants:
    """The instants of a meeting. Raises `DomainError` with the input to mend."""
    if not EARLIEST_YEAR <= meeting.on_date.year <= LATEST_YEAR:
        raise DomainError(lazy("Please check the year."), meeting.field("on_date"))
    if meeting.wall_end <= meeting.wall_start:
        raise DomainError(lazy("The end must come after the start, on the same day."), meeting.field("wall_end"))
    starts_at, ends_at = (_instant(meeting, name, zone) for name in ("wall_start", "wall_end"))
    if ends_at <= starts_at:
        raise DomainError(lazy("The end must come after the start, on the same day."), meeting.field("wall_end"))
    return Instants(starts_at, ends_at)


def _instant(meeting: MeetingPlan, name: str, zone: str) -> datetime:
    wall: time = getattr(meeting, name)
    return instant_of(
        meeting.on_date,
        wall,
        zone,
        meeting.is_later,
        field=meeting.field(name),
        choice_field=meeting.field("is_later"),
    )
