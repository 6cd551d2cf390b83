"""A plan shown back before it is saved: every time in every zone that matters, and what stands against it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from trainapp.core.languages import _
from trainapp.core.timefmt import UTC_NAME, TimeLine, day, span, time_lines
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.working_time import DayOff, days_off
from trainapp.scheduling.plans import Instants, MeetingPlan, Plan, instants_of
from trainapp.scheduling.queries import meetings_of_trainers, session_title

BUREAU_ZONE = "Europe/Zurich"


@dataclass(frozen=True)
class MeetingCheck:
    """One meeting: the session's time first, then each office's, the bureau's and UTC; and the warnings."""

    number: int
    lines: list[TimeLine]
    warnings: list[str]


def check_of(
    plan: Plan,
    offices: Sequence[Office],
    trainer_ids: Iterable[int],
    at: datetime,
    except_session: int | None,
) -> list[MeetingCheck]:
    """What a coordinator looks at before saving a plan that has no problems."""
    placed = [(meeting, instants_of(meeting, plan.zone)) for meeting in plan.meetings]
    zones = [*(office.zone for office in offices), BUREAU_ZONE, UTC_NAME]
    clashes = _clashes([instants for _meeting, instants in placed], trainer_ids, except_session)
    return [
        MeetingCheck(
            meeting.number,
            time_lines(instants.starts_at, instants.ends_at, plan.zone, zones),
            [*_warnings(meeting, instants, offices, at), *clashes_with(instants, clashes, plan.zone)],
        )
        for meeting, instants in placed
    ]


def _warnings(meeting: MeetingPlan, instants: Instants, offices: Sequence[Office], at: datetime) -> Iterator[str]:
    if instants.starts_at <= at:
        yield _("This meeting lies in the past.")
    for office in offices:
        for off in days_off(office, _days_there(instants, office.zone)):
            yield day_off_sentence(office, off)


def _days_there(instants: Instants, zone: str) -> list[date]:
    """The days a meeting touches where an office is."""
    return [moment.astimezone(ZoneInfo(zone)).date() for moment in (instants.starts_at, instants.ends_at)]


def day_off_sentence(office: Office, off: DayOff) -> str:
    """Why an office does not work on a day, with the holiday by its name."""
    facts = {"day": day(off.on), "office": office_name(office)}
    if off.holiday is not None:
        return _(
            "%(day)s is a public holiday for this office (%(office)s): %(holiday)s.",
            holiday=off.holiday,
            **facts,
        )
    return _("%(day)s is a weekend day for this office (%(office)s).", **facts)


@dataclass(frozen=True)
class Clash:
    """A trainer's other meeting."""

    trainer: str
    title: str
    starts_at: datetime
    ends_at: datetime


def _clashes(placed: Sequence[Instants], trainer_ids: Iterable[int], except_session: int | None) -> list[Clash]:
    """Every other meeting of the trainers between the first and the last planned instant, in one query."""
    ids = list(trainer_ids)
    if not ids or not placed:
        return []
    first = min(instants.starts_at for instants in placed)
    last = max(instants.ends_at for instants in placed)
    return [
        Clash(person.name, str(session_title(meeting.session)), meeting.starts_at, meeting.ends_at)
        for person, meeting in meetings_of_trainers(ids, first, last, except_session)
        if meeting.starts_at is not None and meeting.ends_at is not None
    ]


def clashes_with(instants: Instants, clashes: Iterable[Clash], zone: str) -> list[str]:
    """A sentence for each other meeting at the same time."""
    return [
        _(
            "%(trainer)s teaches “%(title)s” at the same time: %(when)s",
            trainer=clash.trainer,
            title=clash.title,
            when=span(clash.starts_at, clash.ends_at, zone),
        )
        for clash in clashes
        if clash.starts_at < instants.ends_at and instants.starts_at < clash.ends_at
    ]
