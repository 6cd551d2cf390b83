"""`make bench`: speed beside a bare Flask page, on the same server kind and database, in the same run.

Rounds are interleaved, so that whatever else the machine does falls on all alike; each figure is a median of rounds.
"""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.data_set import SIZE, fill
from tests.bench.feeds import MEETINGS as FEED_MEETINGS
from tests.bench.feeds import feed_lines, fill_feed, measure_feed
from tests.bench.ground import app_on, new_database, postgres_in, server_settings
from tests.bench.load import CONNECTIONS_EACH, Order, Result, measure
from tests.bench.load import PROCESSES as LOAD_PROCESSES
from tests.bench.single import fetch
from tests.bench.slots import DAYS, MEETINGS, NEAR, SlotTimes, measure_slots
from tests.bench.slots import TRAINERS as SLOT_TRAINERS
from tests.support.server import serving, serving_wsgi
from trainapp.core.languages import LANGUAGES

PROCESSES, THREADS = 2, 4
ROUNDS = 9
SECONDS = 1.0
WARM_UP_SECONDS = 4.0  # enough for each process to have made each page once
PAGES = 50
FEED = "/en/calendar.ics"
FEED_REPEATS = 20
NEW_PAGES = 30
WANTED_RATIO = 0.6
WANTED_FEED_MS = 50.0
WANTED_SLOTS_MS = 500.0
BARE, SESSION, CATALOGUE, REGISTRATION = "bare page", "session page", "catalogue", "registration"
REFEED = "feed, unchanged (304)"
FORM = {"name": "Visitor Example", "office": "KE", "language_of_mails": "en", "zone": "Africa/Nairobi"}


@dataclass(frozen=True)
class Alone:
    """Milliseconds of one reader's requests: session pages nobody has asked for yet, the feed in each language for the
    first time, the feed again, and when unchanged.
    """

    new_pages: list[float]
    cold: list[float]
    warm: list[float]
    unchanged: list[float]
    kilobytes: float


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="trainapp-bench-") as name:
        folder = Path(name)
        with postgres_in(folder / "postgres") as postgres:
            _say(f"Filling PostgreSQL: {SIZE} …")
            app = app_on(new_database(postgres, "bench"), folder / "data")
            codes = fill(app)
            settings = server_settings(app)
            alone = _measure_alone(settings, codes)
            rounds = _measure_rounds(settings, codes)
            slots = measure_slots(app)
            _say(f"A feed of {FEED_MEETINGS:,} meetings …")
            many = app_on(new_database(postgres, "feed"), folder / "feed-data")
            fill_feed(many)
            feeds = measure_feed(many)
    _print(rounds, alone)
    _print_slots(slots)
    print("\n".join(feed_lines(feeds)))
    return 0


def _measure_alone(settings: Mapping[str, str], codes: list[str]) -> Alone:
    """One process and one reader; other pages first, so that only what is measured is cold."""
    with serving(settings, processes=1, threads=THREADS) as server:
        for language in LANGUAGES:
            fetch(server.port, f"/{language}/")
            fetch(server.port, f"/{language}/sessions/{codes[0]}")
        new_pages = [fetch(server.port, f"/en/sessions/{code}").milliseconds for code in codes[1:NEW_PAGES]]
        cold = [fetch(server.port, f"/{language}/calendar.ics").milliseconds for language in LANGUAGES]
        again = [fetch(server.port, FEED) for _number in range(FEED_REPEATS)]
        unchanged = [fetch(server.port, FEED, again[0].etag) for _number in range(FEED_REPEATS)]
    assert {answer.status for answer in unchanged} == {304}
    return Alone(
        new_pages,
        cold,
        [answer.milliseconds for answer in again],
        [answer.milliseconds for answer in unchanged],
        again[0].length / 1000,
    )


def _measure_rounds(settings: Mapping[str, str], codes: list[str]) -> dict[str, list[Result]]:
    bare_settings = {"TRAINAPP_DATABASE_URL": settings["TRAINAPP_DATABASE_URL"]}
    with (
        serving(settings, PROCESSES, THREADS) as ours,
        serving_wsgi("tests.bench.bare:app", bare_settings, PROCESSES, THREADS) as bare,
    ):
        orders = _orders(ours.port, bare.port, codes)
        for order in orders.values():
            measure(_lasting(order, WARM_UP_SECONDS, "warm"))
        rounds: dict[str, list[Result]] = {name: [] for name in orders}
        for number in range(ROUNDS):
            _say(f"Round {number + 1} of {ROUNDS} …")
            for name, order in orders.items():
                rounds[name].append(measure(_lasting(order, SECONDS, str(number))))
    return rounds


def _orders(ours: int, bare: int, codes: list[str]) -> dict[str, Order]:
    step = len(codes) // PAGES
    chosen = codes[::step][:PAGES]
    etag = fetch(ours, FEED).etag
    return {
        BARE: Order(bare, [f"/sessions/{code}" for code in chosen], 200, SECONDS),
        SESSION: Order(ours, [f"/en/sessions/{code}" for code in chosen], 200, SECONDS),
        CATALOGUE: Order(ours, ["/en/"], 200, SECONDS),
        REGISTRATION: Order(ours, [f"/en/sessions/{code}/register" for code in chosen], 302, SECONDS, form=FORM),
        "feed": Order(ours, [FEED], 200, SECONDS),
        REFEED: Order(ours, [FEED], 304, SECONDS, etag=etag),
    }


def _lasting(order: Order, seconds: float, marker: str) -> Order:
    return Order(**{**vars(order), "seconds": seconds, "marker": marker})


def _print(rounds: Mapping[str, list[Result]], alone: Alone) -> None:
    connections = LOAD_PROCESSES * CONNECTIONS_EACH
    print(f"\n{SIZE}; PostgreSQL;")
    print(f"gunicorn with {PROCESSES} processes of {THREADS} threads; {connections} connections, kept open;")
    print(f"{PAGES} session pages in turn; medians of {ROUNDS} rounds of {SECONDS:g} s.\n")
    print(f"{'':24}{'requests/s':>12}{'p95 ms':>10}{'of the bare page':>20}")
    for name, results in rounds.items():
        per_second, p95 = median(each.per_second for each in results), median(each.p95 for each in results)
        print(f"{name:24}{per_second:12.1f}{p95:10.1f}{_ratio(rounds, name):20.0%}")
    print(f"\nAsked for alone (the feed holds 1,000 meetings, {alone.kilobytes:,.0f} kB as sent):")
    for label, times in (
        ("session page, first reader", alone.new_pages),
        ("feed, first reader", alone.cold),
        ("feed, again", alone.warm),
        ("feed, unchanged (304)", alone.unchanged),
    ):
        print(f"{label:28}median {median(times):7.1f} ms, slowest {max(times):7.1f} ms")
    _print_aims(_ratio(rounds, SESSION), median(alone.warm))


def _ratio(rounds: Mapping[str, list[Result]], name: str) -> float:
    """The median over rounds of how a page did beside the bare page of its own round."""
    pairs = zip(rounds[name], rounds[BARE], strict=True)
    return median(each.per_second / bare.per_second for each, bare in pairs)


def _print_aims(ratio: float, feed_ms: float) -> None:
    print(f"\nAim: a session page at {WANTED_RATIO:.0%} of the bare page or more: {_word(ratio >= WANTED_RATIO)}.")
    print(f"Aim: the feed within {WANTED_FEED_MS:.0f} ms: {_word(feed_ms <= WANTED_FEED_MS)}.")


def _print_slots(slots: SlotTimes) -> None:
    """Beside the least that a plain walk over all starts would do, in the same rounds."""
    size = f"{len(NEAR)} offices, {SLOT_TRAINERS} trainers, {DAYS} days, {MEETINGS} meetings"
    print(f"\nSlot finder, with its queries: {size}")
    for label, times in ((f"{slots.found} slots", slots.some), ("none, and what would help", slots.none)):
        ratio = median(each / walk for each, walk in zip(times, slots.walk, strict=True))
        print(f"{label:28}median {median(times):7.1f} ms, slowest {max(times):7.1f} ms, {ratio:4.1f} plain walks")
    reached = max(median(slots.some), median(slots.none)) <= WANTED_SLOTS_MS
    print(f"Aim: an answer within {WANTED_SLOTS_MS:.0f} ms: {_word(reached)}.")


def _word(reached: bool) -> str:
    return "reached" if reached else "not reached"


def _say(text: str) -> None:
    print(f"[{perf_counter() - STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


STARTED = perf_counter()

if __name__ == "__main__":
    sys.exit(main())
