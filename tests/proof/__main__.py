"""`make proof`: the campaigns at full size, their figures written into docs/measurements.md.

A campaign that does not hold ends with an error, and nothing is written.
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from flask import Flask

from tests.bench.feeds import MEETINGS, MEGABYTE, fill_feed, measure_feed
from tests.bench.ground import app_on, new_database, postgres_in, server_settings
from tests.proof.mails import LEASE_SECONDS, WHOLE, prove
from tests.support.crowd import Arrivals, arrive, check_seats
from tests.support.databases import PostgresServer
from tests.support.life import live
from tests.support.server import ROOT, serving
from tests.support.world import World

MEASUREMENTS = ROOT / "docs" / "measurements.md"
TITLE = "# Measurements\n\nWhat `make proof` found at full size, the latest last.\n"
PROCESSES, THREADS = 3, 22
CONNECTIONS = 64
KINDS = ("PostgreSQL", "SQLite")
CROWDS = (*((200, 50, kind) for kind in KINDS), (2_000, 500, "SQLite"), (5_000, 1_000, "PostgreSQL"))
LIVES, STEPS = 150, 25
SESSION = "2030-ST26-EN-01"


@dataclass(frozen=True)
class Grounds:
    """Fresh databases of each kind, each with the schema and the reference data."""

    folder: Path
    postgres: PostgresServer

    def app(self, kind: str, name: str) -> Flask:
        data = self.folder / f"{name}-{kind}"
        data.mkdir()
        is_postgres = kind == "PostgreSQL"
        url = new_database(self.postgres, name) if is_postgres else f"sqlite:///{data}/trainapp.sqlite3"
        return app_on(url, data)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="trainapp-proof-") as name:
        folder = Path(name)
        with postgres_in(folder / "postgres") as postgres:
            lines = list(_campaigns(Grounds(folder, postgres)))
    _append(lines)
    print("\n".join(lines))
    return 0


def _campaigns(grounds: Grounds) -> Iterator[str]:
    for people, seats, kind in CROWDS:
        _say(f"{people} people for {seats} seats on {kind} …")
        yield _crowd_line(people, seats, kind, _crowd(grounds, kind, people, seats))
    for kind in KINDS:
        _say(f"{LIVES} lives of registrations on {kind} …")
        yield _lives_line(kind, grounds.app(kind, "lives"))
    _say(f"A feed of {MEETINGS:,} meetings …")
    yield _feed_line(grounds.app("PostgreSQL", "feed"))
    for kind in KINDS:
        _say(f"mails under kill -9 of the worker on {kind} …")
        app = grounds.app(kind, "mails")
        yield _mails_line(kind, app, grounds.folder / f"mails-{kind}")


def _crowd(grounds: Grounds, kind: str, people: int, seats: int) -> Arrivals:
    app = grounds.app(kind, f"crowd-{people}")
    code = World(app).session(SESSION, capacity=seats)
    settings = {**server_settings(app), "TRAINAPP_LOG_LEVEL": "ERROR"}
    with serving(settings, PROCESSES, THREADS) as server:
        fared = arrive(server, code, people, CONNECTIONS)
    check_seats(app, people, seats)
    return fared


def _crowd_line(people: int, seats: int, kind: str, fared: Arrivals) -> str:
    return (
        f"- **{people:,} people at once for {seats:,} seats, {kind}** ({CONNECTIONS} connections, {PROCESSES} web "
        f"processes of {THREADS} threads): {seats:,} hold seats, {people - seats:,} wait in order, nobody lost or "
        f"twice, each with the right mail. {fared.seconds:.0f} s in all, form and answer within {fared.p95:.1f} s for "
        f"95 %; {fared.told_to_try_again} were asked to try again."
    )


def _lives_line(kind: str, app: Flask) -> str:
    began = perf_counter()
    live(app, LIVES, STEPS)
    return (
        f"- **{LIVES} sessions with three people each and {STEPS} things that happen to them, {kind}** (registering, "
        f"leaving, moves, cancellations, changes of language, zone, address and law; mails late, lost, repeated): each "
        f"calendar ended with exactly the meetings its owner should attend. {perf_counter() - began:.0f} s."
    )


def _feed_line(app: Flask) -> str:
    fill_feed(app)
    figures = measure_feed(app)
    cold, warm, plain = (median(work.seconds) for work in (figures.cold, figures.warm, figures.plain))
    cold_mb, warm_mb, plain_mb = (work.peak / MEGABYTE for work in (figures.cold, figures.warm, figures.plain))
    return (
        f"- **A feed of {MEETINGS:,} meetings** ({figures.size / MEGABYTE:.1f} MB, {figures.compressed / MEGABYTE:.2f} "
        f"MB as sent): {warm * 1000:.0f} ms and {warm_mb:.0f} MB at most where its blocks are kept, {cold:.1f} s and "
        f"{cold_mb:.0f} MB where none is; icalendar alone takes {plain:.1f} s and {plain_mb:.0f} MB. Over HTTP "
        f"{median(figures.again_ms):.0f} ms, and {median(figures.unchanged_ms):.1f} ms for 304 where nothing changed."
    )


def _mails_line(kind: str, app: Flask, folder: Path) -> str:
    figures = prove(app, folder, WHOLE)
    size = figures.size
    return (
        f"- **{size.mails:,} mails in ten languages to {size.recipients:,} recipients, {kind}** (lease "
        f"{LEASE_SECONDS} s, worker killed with -9 {size.kills} times): {figures.delivered:,} delivered, "
        f"{figures.delayed} of them told to come again first; {figures.dead} refused for ever, marked dead with the "
        f"reason; {figures.repeated} came twice, byte for byte the same; in order for every recipient. "
        f"{figures.seconds:.0f} s."
    )


def _append(lines: list[str]) -> None:
    text = MEASUREMENTS.read_text("utf-8") if MEASUREMENTS.exists() else TITLE
    MEASUREMENTS.write_text("\n".join([text.rstrip(), "", _heading(), "", *lines, ""]), "utf-8")


def _heading() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.platform()}"
    return f"## {datetime.now(UTC):%Y-%m-%d}, commit {commit}\n\n{machine}."


def _say(text: str) -> None:
    print(f"[{perf_counter() - STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


STARTED = perf_counter()

if __name__ == "__main__":
    sys.exit(main())
