"""The slot finder on its largest question, with all that a page asks of it: the database, the search, what to relax."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select

from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling.slot_finder import find_slots
from trainapp.scheduling.slot_search import SlotWish, search_for
from trainapp.scheduling.slot_terms import Pattern, Search

# Twenty offices that have hours in common with Geneva, and twenty around the world, which have none.
AFRICA = ("KE", "NA", "ZA", "EG", "MA", "GH", "NG", "UG", "RW", "TZ", "ZM", "BW")
NEAR = (*AFRICA, "CH", "FR", "DE", "IT", "ES", "PT", "SE", "TR")
FAR = (*AFRICA[:5], "CH", "GB", "JP", "KR", "AU", "NZ", "WS", "US", "MX", "BR", "CL", "IN", "IR", "NP", "BN")
TRAINERS = 8
DAYS = 90
MEETINGS, MINUTES = 3, 90
STEP = timedelta(minutes=30)
ROUNDS = 5


@dataclass(frozen=True)
class SlotTimes:
    """Milliseconds of each round: where there are slots, where there is none, and a plain walk over all starts."""

    some: list[float]
    none: list[float]
    walk: list[float]
    found: int
    relaxations: int


def measure_slots(app: Flask) -> SlotTimes:
    """The rounds are interleaved; the first of each kind, which reads the holidays, is left out."""
    world = World(app)
    for number in range(TRAINERS):
        world.person(f"Slot Trainer {number} Example", role=Role.TRAINER)
    asked = world.request(NEAR[0], world.person("Slot Coordinator Example", role=Role.COORDINATOR))
    some, none, walk = [], [], []
    with app.app_context():
        requests = list(db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == asked)))
        for _round in range(ROUNDS + 1):
            began = perf_counter()
            found = find_slots(search_for(requests, _wish(NEAR)))
            some.append((perf_counter() - began) * 1000)
            began = perf_counter()
            search = search_for(requests, _wish(FAR))
            nothing = find_slots(search)
            none.append((perf_counter() - began) * 1000)
            began = perf_counter()
            _walk(search)
            walk.append((perf_counter() - began) * 1000)
    assert found.feasible_count
    assert nothing.relaxations
    return SlotTimes(some[1:], none[1:], walk[1:], found.feasible_count, len(nothing.relaxations))


def _wish(offices: Sequence[str]) -> SlotWish:
    first = today() + timedelta(days=1)
    return SlotWish(
        meetings=MEETINGS,
        minutes=MINUTES,
        pattern=Pattern.CONSECUTIVE,
        first=first,
        last=first + timedelta(days=DAYS - 1),
        zone="Europe/Zurich",
        offices=tuple(offices[1:]),
    )


def _walk(search: Search) -> int:
    """The least that the plain way has to do: at each start, each office's clock, weekend and hours. Gives how many."""
    zones = [ZoneInfo(office.zone) for office in search.offices]
    start = datetime.combine(search.first, time(), ZoneInfo(search.zone)).astimezone(UTC)
    lasting = timedelta(minutes=search.minutes)
    suiting = 0
    for number in range(DAYS * int(timedelta(days=1) / STEP)):
        at = start + number * STEP
        walls = [(at.astimezone(zone), (at + lasting).astimezone(zone)) for zone in zones]
        suiting += all(
            begin.isoweekday() not in office.weekend
            and office.work_start <= begin.time()
            and end.time() <= office.work_end
            for office, (begin, end) in zip(search.offices, walls, strict=True)
        )
    return suiting
