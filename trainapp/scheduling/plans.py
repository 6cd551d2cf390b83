"""A session as it is planned: plain values, the instants they mean, and what is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from trainapp.core.errors import DomainError
from trainapp.core.languages import LANGUAGES, lazy
from trainapp.core.timefmt import known_zones
from trainapp.core.walltime import EARLIER, LATER, instant_of
from trainapp.requests.models import Mode
from trainapp.scheduling.models import OfficeRole, RegistrationPolicy, SessionKind

MOST_MEETINGS = 30
MOST_OFFICES = 40
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
EDITION_BY_DATE, NO_EDITION = "", "-"
"""What stands for an edition in a plan, where none is named: the one in force on the first day, or none at all."""
"""Which of two equal wall times is meant, as the form says it."""


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
class MomentPlan:
    """When registration opens or closes, in wall time of the session's zone; `is_later` as in a meeting."""

    name: str
    on_date: date
    wall_time: time
    is_later: bool | None = None

    def field(self, name: str) -> str:
        """The name of an input of this moment in the form."""
        return f"{self.name}-{name}"


@dataclass(frozen=True)
class OfficePlan:
    """An office's part in a session; an office that asks by a request takes part without being named here."""

    number: int
    office: str
    role: OfficeRole
    designation: str = ""

    def field(self, name: str) -> str:
        """The name of an input of this office in the form."""
        return f"office_{self.number}-{name}"


@dataclass(frozen=True)
class Plan:
    """Everything a coordinator decides about a session; people, offices and subjects by their public names.

    `title` is in the session's language; without one the course's stands in. `capacity` and `seats_per_office` of
    None mean no limit; `confirm_hours` and `reminder_hours` of None, that nobody is asked or reminded.
    `editions` names a subject's edition where it is not `EDITION_BY_DATE`; `requests` are public ids.
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
    confirm_hours: int | None = None
    seats_per_office: int | None = None
    reminder_hours: int | None = None
    trainers: tuple[str, ...] = ()
    offices: tuple[OfficePlan, ...] = ()
    editions: tuple[tuple[str, str], ...] = ()
    opens: MomentPlan | None = None
    closes: MomentPlan | None = None
    requests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instants:
    """When a meeting begins and ends, aware, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Window:
    """When registration is open, aware, in UTC; None sets no bound."""

    opens_at: datetime | None
    closes_at: datetime | None


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
    found.extend(_window_problems(plan, max((instants.ends_at for _meeting, instants in placed), default=None)))
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
    if plan.capacity is not None and plan.seats_per_office is not None and plan.seats_per_office > plan.capacity:
        yield DomainError(lazy("An IP office cannot have more seats than there are."), "seats_per_office")
    yield from _repeated_offices(plan)


def _repeated_offices(plan: Plan) -> Iterator[DomainError]:
    seen: set[tuple[str, OfficeRole]] = set()
    for part in plan.offices:
        if (part.office, part.role) in seen:
            yield DomainError(lazy("This office stands here already with the same part."), part.field("office"))
        seen.add((part.office, part.role))


def _window_problems(plan: Plan, last_end: datetime | None) -> Iterator[DomainError]:
    try:
        window = window_of(plan)
    except DomainError as error:
        yield error
        return
    opens_at, closes_at = window.opens_at, window.closes_at
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        yield DomainError(lazy("Registration must close after it opens."), "closes-on_date")
    if opens_at is not None and last_end is not None and opens_at >= last_end:
        yield DomainError(lazy("Registration must open before the last meeting ends."), "opens-on_date")
    if closes_at is not None and last_end is not None and closes_at > last_end:
        yield DomainError(lazy("Registration must close before the last meeting ends."), "closes-on_date")


def window_of(plan: Plan) -> Window:
    """When registration is open. Raises `DomainError` with the input to mend."""
    return Window(_moment_of(plan.opens, plan.zone), _moment_of(plan.closes, plan.zone))


def _moment_of(moment: MomentPlan | None, zone: str) -> datetime | None:
    if moment is None:
        return None
    _check_year(moment.on_date, moment.field("on_date"))
    return instant_of(
        moment.on_date,
        moment.wall_time,
        zone,
        moment.is_later,
        field=moment.field("wall_time"),
        choice_field=moment.field("is_later"),
    )


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
    _check_year(meeting.on_date, meeting.field("on_date"))
    if meeting.wall_end <= meeting.wall_start:
        raise DomainError(lazy("The end must come after the start, on the same day."), meeting.field("wall_end"))
    starts_at, ends_at = (_instant(meeting, name, zone) for name in ("wall_start", "wall_end"))
    if ends_at <= starts_at:
        raise DomainError(lazy("The end must come after the start, on the same day."), meeting.field("wall_end"))
    return Instants(starts_at, ends_at)


def _check_year(on_date: date, field: str) -> None:
    if not EARLIEST_YEAR <= on_date.year <= LATEST_YEAR:
        raise DomainError(lazy("Please check the year."), field)


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


def reading_of(on_date: date, zone: str, walls: Iterable[tuple[time | None, datetime | None]]) -> str | None:
    """Which of two equal wall times the instants of a day stand for; None where its times are shown once."""
    for wall, instant in walls:
        if wall is None or instant is None:
            continue
        first = datetime.combine(on_date, wall, ZoneInfo(zone))
        if first.utcoffset() != first.replace(fold=1).utcoffset():
            return EARLIER if first.astimezone(UTC) == instant else LATER
    return None
