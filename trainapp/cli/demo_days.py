"""Reading the data of the demonstration, and finding its days from today."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from trainapp.core.clock import now
from trainapp.offices.models import Office
from trainapp.offices.working_time import days_off

MARKER = "demo:"
FOLDER = Path(__file__).resolve().parent / "demo_data"
LONGEST_PAST = 320
SHORTEST_PAST = 45
REST = 12


@cache
def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def working_days(first: date, count: int, office: Office) -> list[date]:
    """The next days on which an office works."""
    found: list[date] = []
    day = first
    while len(found) < count:
        if not days_off(office, [day]):
            found.append(day)
        day += timedelta(days=1)
    return found


def past_day(part: float, today: date) -> date:
    """A day behind us: 0 is some days ago, 1 the first days of this year, or of ten months where it is young."""
    span = (today - date(today.year, 1, 1)).days - REST
    if span < SHORTEST_PAST:
        span = LONGEST_PAST
    return today - timedelta(days=REST + round(part * (span - REST)))


def at_wall_time(day: date, hour: time, zone: str) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)


def at_work(day: date) -> datetime:
    """A moment of a working day in UTC, never one still to come."""
    return min(datetime.combine(day, time(9, 12), UTC), now())
