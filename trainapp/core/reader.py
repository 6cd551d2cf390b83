"""The time zone of the reader: the one they chose, else the browser's guess, else UTC; always named."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, current_app, g, has_request_context, request

from trainapp.core.timefmt import UTC_NAME, known_zones

ZONE_COOKIE = "zone"
ZONE_GUESS_COOKIE = "zone_guess"


class ReaderZone(NamedTuple):
    """`source` says where the zone comes from: person, chosen, guess or default."""

    zone: str
    source: str


def init_reader(app: Flask, zone_of_person: Callable[[], str | None]) -> None:
    """`zone_of_person` gives the zone of the person signed in, None when nobody is."""
    app.extensions["trainapp.zone_of_person"] = zone_of_person


def reader_zone() -> ReaderZone:
    if not has_request_context():
        return ReaderZone(UTC_NAME, "default")
    if "reader_zone" not in g:
        g.reader_zone = _find_zone()
    found: ReaderZone = g.reader_zone
    return found


def _find_zone() -> ReaderZone:
    candidates = (
        (current_app.extensions["trainapp.zone_of_person"](), "person"),
        (request.cookies.get(ZONE_COOKIE), "chosen"),
        (request.cookies.get(ZONE_GUESS_COOKIE), "guess"),
    )
    for zone, source in candidates:
        if zone in known_zones():
            return ReaderZone(str(zone), source)
    return ReaderZone(UTC_NAME, "default")
