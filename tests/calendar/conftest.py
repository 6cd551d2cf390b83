"""A valid entry to change, and a small reader of our own for what the files say."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from trainapp.calendar.entries import Entry, Party

STAMP = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ORGANIZER = Party("International Bureau", "invite+k3y@trainings.example.org")
ATTENDEE = Party("Amina Otieno", "amina.otieno@office.example.org")


def _entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "uid": "7f3a9c21@trainings.example.org",
        "sequence": 0,
        "revised_at": datetime(2026, 11, 1, 12, 0, tzinfo=UTC),
        "starts_at": datetime(2027, 2, 20, 9, 0, tzinfo=UTC),
        "ends_at": datetime(2027, 2, 20, 11, 0, tzinfo=UTC),
        "language": "en",
        "summary": "ST.26 for applicants",
        "description": "10:00 Africa/Casablanca = 10:00 UTC",
        "location": "Online",
        "url": "https://trainings.example.org/en/sessions/2027-ST26-EN-01",
        "conference_url": "https://meet.example.org/j/8841",
    }
    return Entry(**{**values, **changes})


@pytest.fixture(scope="session")
def make_entry() -> Callable[..., Entry]:
    """A function that gives a valid entry, with what is named changed."""
    return _entry


@pytest.fixture(scope="session")
def mailed() -> dict[str, Any]:
    """The people and the stamp of a mailed invitation."""
    return {"organizer": ORGANIZER, "attendee": ATTENDEE, "dtstamp": STAMP}


def _content_lines(content: bytes) -> list[str]:
    """The unfolded lines of a file (RFC 5545 §3.1)."""
    return content.replace(b"\r\n ", b"").decode("utf-8").removesuffix("\r\n").split("\r\n")


@pytest.fixture(scope="session")
def content_lines() -> Callable[[bytes], list[str]]:
    """A function that unfolds a file."""
    return _content_lines


def _values(content: bytes, name: str) -> list[str]:
    found = []
    for line in _content_lines(content):
        head, _, value = line.partition(":")
        if head.split(";")[0] == name:
            found.append(value)
    return found


@pytest.fixture(scope="session")
def values() -> Callable[[bytes, str], list[str]]:
    """A function that gives the raw values of one property, where no parameter holds a colon."""
    return _values


def _unescaped(value: str) -> str:
    text, rest = "", value
    while rest:
        if rest[0] == "\\":
            text += "\n" if rest[1] in "nN" else rest[1]
            rest = rest[2:]
        else:
            text += rest[0]
            rest = rest[1:]
    return text


@pytest.fixture(scope="session")
def unescaped() -> Callable[[str], str]:
    """A function that reads a TEXT value from left to right, as RFC 5545 §3.3.11 has it."""
    return _unescaped
