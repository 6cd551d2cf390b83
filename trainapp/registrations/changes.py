"""A change to a session that people have registered for: what is wanted, and what came of it, as plain values.

What came of it is kept with the mailing that tells it, so that each mail says what this change did, whatever happened
since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from trainapp.requests.models import Mode
from trainapp.scheduling.plans import MeetingPlan


class SessionAct(StrEnum):
    """What is done to a session as a whole."""

    CANCEL = "cancel"
    REINSTATE = "reinstate"


@dataclass(frozen=True)
class MeetingWish:
    """What one meeting is to be; without `times` it stays when it is."""

    number: int
    is_cancelled: bool = False
    times: MeetingPlan | None = None

    def field(self, name: str) -> str:
        """The name of an input of this meeting in the form."""
        return f"meeting_{self.number}-{name}"


@dataclass(frozen=True)
class Change:
    """What a session is to be; None keeps what is. Trainers are named by public id.

    `words` go to everybody who is told, as they were written, in `words_language`. `despite_clashes` is said by
    somebody who has seen what stands against it.
    """

    act: SessionAct | None = None
    meetings: tuple[MeetingWish, ...] = ()
    added: tuple[MeetingPlan, ...] = ()
    mode: Mode | None = None
    venue: str | None = None
    join_url: str | None = None
    trainers: tuple[str, ...] | None = None
    words: str = ""
    words_language: str = "en"
    despite_clashes: bool = False

    def is_of_those_who_plan(self) -> bool:
        """Whether it holds more than a trainer of the session may change: where people meet, and the link."""
        return bool(self.act or self.meetings or self.added or self.mode or self.trainers is not None)


class What(StrEnum):
    """One thing that a change did."""

    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    MOVED = "moved"
    MEETING_CANCELLED = "meeting_cancelled"
    MEETING_REINSTATED = "meeting_reinstated"
    ADDED = "added"
    PLACE = "place"
    LINK = "link"
    TRAINERS = "trainers"


NEW_TIMES = (What.REINSTATED, What.MOVED, What.MEETING_REINSTATED, What.ADDED)
"""What trainers have to be asked about again: they said yes to other times."""

Times = tuple[datetime, datetime]


@dataclass(frozen=True)
class Fact:
    """What a change did to one meeting (`number`, with its time `before` and `after`), or to the session."""

    what: What
    number: int | None = None
    before: Times | None = None
    after: Times | None = None
    names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        values: dict[str, Any] = {"what": self.what.value}
        if self.number is not None:
            values["number"] = self.number
        if self.before is not None:
            values["before"] = [each.isoformat() for each in self.before]
        if self.after is not None:
            values["after"] = [each.isoformat() for each in self.after]
        if self.names:
            values["names"] = list(self.names)
        return values


def fact_of(values: dict[str, Any]) -> Fact:
    """A fact from its JSON form."""
    return Fact(
        What(values["what"]),
        values.get("number"),
        _times_of(values.get("before")),
        _times_of(values.get("after")),
        tuple(values.get("names", ())),
    )


def _times_of(texts: Sequence[str] | None) -> Times | None:
    if texts is None:
        return None
    starts_at, ends_at = (datetime.fromisoformat(text) for text in texts)
    return starts_at, ends_at


@dataclass(frozen=True)
class Content:
    """What the mails about a change say. `zone_law` names the meetings whose instant a change of law has moved."""

    facts: tuple[Fact, ...] = ()
    words: str = ""
    words_language: str = "en"
    zone_law: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "facts": [fact.as_json() for fact in self.facts],
            "words": self.words,
            "words_language": self.words_language,
        }

    def has(self, *whats: What) -> bool:
        return any(fact.what in whats for fact in self.facts)

    def is_link_alone(self) -> bool:
        """Whether it concerns only those who have the link to join."""
        return bool(self.facts) and all(fact.what is What.LINK for fact in self.facts)


def content_of(values: dict[str, Any]) -> Content:
    """The content of a mailing from its JSON form."""
    return Content(
        tuple(fact_of(each) for each in values.get("facts", ())),
        values.get("words", ""),
        values.get("words_language", "en"),
        tuple(values.get("zone_law", ())),
    )


def with_news(earlier: Sequence[Content], content: Content) -> Content:
    """What earlier mails that never left would have told, before what this one tells; a note of its own stands."""
    everything = [*earlier, content]
    noted = next((each for each in reversed(everything) if each.words), content)
    return Content(
        tuple(fact for each in everything for fact in each.facts),
        noted.words,
        noted.words_language,
        tuple(dict.fromkeys(number for each in everything for number in each.zone_law)),
    )
