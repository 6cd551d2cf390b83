"""A feed of ten thousand meetings: time, memory and bytes, beside plain building with icalendar in the same run."""

import gzip
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from flask import Flask
from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tests.bench.ground import server_settings
from tests.bench.single import fetch
from tests.support.server import serving
from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry, full_description
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import Mode
from trainapp.scheduling.calendar_entries import entry_of
from trainapp.scheduling.feed import cache, public_feed
from trainapp.scheduling.models import Meeting, RegistrationPolicy, SessionKind, SessionState, TrainingSession
from trainapp.scheduling.queries import SessionFilter

SESSIONS, MEETINGS_EACH = 1_000, 10
MEETINGS = SESSIONS * MEETINGS_EACH
ROUNDS = 3
REPEATS = 10
LANGUAGE = "ar"
PATH = f"/{LANGUAGE}/calendar.ics"
SOURCE = f"https://trainings.example.org{PATH}"
ZONES = ("Africa/Nairobi", "Europe/Zurich", "Asia/Tokyo", "America/Lima")
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Work:
    """Seconds of each round, and the most memory one round took at a time, in bytes."""

    seconds: list[float]
    peak: int


@dataclass(frozen=True)
class FeedFigures:
    """What a feed costs: with no block kept, with all of them, by icalendar alone, and over HTTP in milliseconds.

    `resident` is what a web process holds before the first feed and after the last, in bytes.
    """

    cold: Work
    warm: Work
    plain: Work
    size: int
    compressed: int
    first_ms: float
    again_ms: list[float]
    unchanged_ms: list[float]
    resident: tuple[int, int]


def fill_feed(app: Flask) -> None:
    """Published sessions with ten meetings each, on days from now on, with titles in ten languages."""
    with app.app_context(), unit_of_work():
        db.session.add_all(_session(number) for number in range(SESSIONS))


def _session(number: int) -> TrainingSession:
    zone = ZONES[number % len(ZONES)]
    first = today() + timedelta(days=2 + number % 300)
    meetings = []
    for index in range(MEETINGS_EACH):
        day, start, end = first + timedelta(days=index), time(9 + number % 6), time(10 + number % 6, 30)
        where = ZoneInfo(zone)
        meetings.append(
            Meeting(
                number=index + 1,
                on_date=day,
                wall_start=start,
                wall_end=end,
                zone=zone,
                starts_at=datetime.combine(day, start, where).astimezone(UTC),
                ends_at=datetime.combine(day, end, where).astimezone(UTC),
                revised_at=now() - timedelta(days=30),
            )
        )
    return TrainingSession(
        code=f"2030-FEED-{number:04d}",
        kind=SessionKind.WEBINAR,
        state=SessionState.PUBLISHED,
        titles={language: f"{name}: ST.26, {number}" for language, name in LANGUAGES.items()},
        language=LANGUAGE,
        mode=Mode.ONLINE,
        join_url="https://meet.example.org/room",
        zone=zone,
        policy=RegistrationPolicy.OPEN,
        first_day=first,
        last_day=first + timedelta(days=MEETINGS_EACH - 1),
        revised_at=now() - timedelta(days=30),
        meetings=meetings,
    )


def measure_feed(app: Flask) -> FeedFigures:
    """Rounds are interleaved; memory is looked at in a round of its own, as that makes everything slower."""
    with app.app_context():
        content = public_feed(SessionFilter(), LANGUAGE, SOURCE)
        assert content.count(b"BEGIN:VEVENT") == MEETINGS
        assert problems(content, Shape.FEED) == []
        entries = _entries()
        ways: dict[str, Callable[[], bytes]] = {"cold": _cold, "warm": _ours, "plain": lambda: _plain(entries)}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _round in range(ROUNDS):
            for name, way in ways.items():
                began = perf_counter()
                made = way()
                seconds[name].append(perf_counter() - began)
                assert made.count(b"BEGIN:VEVENT") == MEETINGS
        works = {name: Work(seconds[name], _peak_of(way)) for name, way in ways.items()}
        db.session.rollback()
    over_http = _over_http(server_settings(app))
    return FeedFigures(**works, size=len(content), compressed=len(gzip.compress(content)), **over_http)


def _ours() -> bytes:
    db.session.expunge_all()
    return public_feed(SessionFilter(), LANGUAGE, SOURCE)


def _cold() -> bytes:
    cache.blocks.clear()
    return _ours()


def _entries() -> list[Entry]:
    query = select(TrainingSession).options(selectinload(TrainingSession.meetings)).order_by(TrainingSession.id)
    return [
        entry_of(session, meeting, LANGUAGE, join_link=False)
        for session in db.session.scalars(query)
        for meeting in session.meetings
    ]


def _plain(entries: list[Entry]) -> bytes:
    """What the library does by itself with what is known already: no database, no texts to make, no checks."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//plain//EN")
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", entry.revised_at)
        event.add("last-modified", entry.revised_at)
        event.add("dtstart", entry.starts_at)
        event.add("dtend", entry.ends_at)
        event.add("summary", entry.summary)
        event.add("description", full_description(entry))
        event.add("location", entry.location)
        event.add("url", entry.url)
        event.add("status", "CONFIRMED")
        event.add("transp", "OPAQUE")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _peak_of(way: Callable[[], bytes]) -> int:
    tracemalloc.start()
    try:
        way()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _over_http(settings: Mapping[str, str]) -> dict[str, object]:
    with serving(settings, processes=1, threads=2) as server:
        fetch(server.port, f"/{LANGUAGE}/")
        before = _resident(server.port)
        first = fetch(server.port, PATH)
        again = [fetch(server.port, PATH).milliseconds for _number in range(REPEATS)]
        unchanged = [fetch(server.port, PATH, first.etag) for _number in range(REPEATS)]
        after = _resident(server.port)
    assert {answer.status for answer in unchanged} == {304}
    return {
        "first_ms": first.milliseconds,
        "again_ms": again,
        "unchanged_ms": [answer.milliseconds for answer in unchanged],
        "resident": (before, after),
    }


def _resident(port: int) -> int:
    """What the web processes that serve a port hold in memory together, as the kernel tells (proc(5), VmRSS)."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _serves(folder, port):
            status = (folder / "status").read_text()
            total += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) * 1024
    return total


def _serves(folder: Path, port: int) -> bool:
    try:
        command = (folder / "cmdline").read_bytes().decode()
    except OSError:  # ended meanwhile
        return False
    return "gunicorn" in command and f":{port}" in command


def feed_lines(figures: FeedFigures) -> list[str]:
    """The figures in words, for a reader of a terminal."""
    before, after = figures.resident
    lines = [
        f"\nA feed of {MEETINGS:,} meetings, {figures.size / MEGABYTE:.1f} MB, "
        f"{figures.compressed / MEGABYTE:.2f} MB as sent:"
    ]
    for label, work in (
        ("no block kept", figures.cold),
        ("all blocks kept", figures.warm),
        ("icalendar alone", figures.plain),
    ):
        ratio = median(each / plain for each, plain in zip(work.seconds, figures.plain.seconds, strict=True))
        lines.append(
            f"{label:24}{median(work.seconds) * 1000:10.0f} ms{work.peak / MEGABYTE:10.1f} MB at most"
            f"{ratio:8.3f} of icalendar alone"
        )
    lines.append(f"{'over HTTP, first':24}{figures.first_ms:10.0f} ms")
    lines.append(f"{'over HTTP, again':24}{median(figures.again_ms):10.1f} ms")
    lines.append(f"{'over HTTP, 304':24}{median(figures.unchanged_ms):10.1f} ms")
    lines.append(f"{'the server holds':24}{before / MEGABYTE:10.0f} MB before, {after / MEGABYTE:.0f} MB after")
    return lines
