"""What the page of an office and the list of offices say, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from trainapp.accounts.models import RoleGrant
from trainapp.core.languages import Text, current_language, language_name
from trainapp.core.timefmt import day, days, listed, moment, wall_hours, weekday_name, zone_label
from trainapp.desks.office_queries import OfficeFigures
from trainapp.offices.clashes import marked
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.standing import Standing, region_name, standing_label, standing_of
from trainapp.offices.working_time import days_off
from trainapp.scheduling.calendar_grid import first_weekday, weekdays_from
from trainapp.scheduling.labels import office_role_label
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import planned_meetings, session_title, subject_names

HOLIDAYS_AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class WorkingTime:
    """When an office works, by its own clocks: `now` is the time there at this moment, with its zone."""

    weekdays: str
    hours: str
    zone: str
    now: str
    holidays: list[tuple[str, str | Markup]]


@dataclass(frozen=True)
class FocalPoint:
    name: str
    until: date | None


@dataclass(frozen=True)
class TrainingHad:
    """A session delivered in which the office had a part."""

    code: str
    title: Text
    days: str
    subjects: str
    language: str
    parts: str


@dataclass(frozen=True)
class OfficeLine:
    """An office in the list; `standing` is what the United Nations count its state as today."""

    code: str
    name: str
    region: str
    standing: str
    is_least_developed: bool
    figures: OfficeFigures


def working_time(office: Office, at: datetime) -> WorkingTime:
    today = at.astimezone(ZoneInfo(office.zone)).date()
    ahead = [today + timedelta(days=number) for number in range(HOLIDAYS_AHEAD.days + 1)]
    return WorkingTime(
        weekdays=listed(weekday_name(weekday) for weekday in _week_of(office) if weekday not in office.weekend),
        hours=wall_hours(office.work_start, office.work_end),
        zone=zone_label(office.zone, at),
        now=moment(at, office.zone),
        holidays=[(day(off.on), marked(off.holiday)) for off in days_off(office, ahead) if off.holiday is not None],
    )


def _week_of(office: Office) -> list[int]:
    """The ISO weekdays in the order in which they follow each other where the office is."""
    return weekdays_from(first_weekday(current_language(), office.zone))


def focal_points(grants: Sequence[RoleGrant]) -> list[FocalPoint]:
    return [FocalPoint(grant.person.name, grant.valid_to) for grant in grants]


def training_had(session: TrainingSession, office: Office) -> TrainingHad:
    roles = [part.role for part in session.offices if part.office_id == office.id]
    return TrainingHad(
        code=session.code,
        title=session_title(session),
        days=days([meeting.on_date for meeting in planned_meetings(session)]),
        subjects=listed(subject_names(session)),
        language=language_name(session.language) if session.language else "",
        parts=listed(office_role_label(role) for role in roles),
    )


def office_line(office: Office, figures: OfficeFigures, on: date) -> OfficeLine:
    standing = standing_of(office, on)
    return OfficeLine(
        code=office.code,
        name=office_name(office),
        region=region_name(office.region),
        standing=standing_label(standing) if standing else "",
        is_least_developed=standing is Standing.LEAST_DEVELOPED,
        figures=figures,
    )
