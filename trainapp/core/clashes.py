"""What stands against a time, in one shape wherever it is found: who, what, when, how bad, and as a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from markupsafe import Markup


class Severity(StrEnum):
    """How bad: it cannot be, somebody should think twice, or it is good to know."""

    BLOCKS = "blocks"
    WARNS = "warns"
    NOTES = "notes"


class ClashKind(StrEnum):
    """What stands against a time. The order is the order in which they are shown."""

    PAST = "past"
    TRAINER_BUSY = "trainer_busy"
    TRAINER_HELD = "trainer_held"
    TRAINER_DECLINED = "trainer_declined"
    TRAINER_AWAY = "trainer_away"
    TRAINER_HOURS = "trainer_hours"
    TRAINER_SUBJECT = "trainer_subject"
    TRAINER_LANGUAGE = "trainer_language"
    TRAINER_UNCONFIRMED = "trainer_unconfirmed"
    OFFICE_BUSY = "office_busy"
    OFFICE_HOLIDAY = "office_holiday"
    OFFICE_WEEKEND = "office_weekend"
    OFFICE_HOURS = "office_hours"
    HOURS_ASKED = "hours_asked"
    CLOCKS_CHANGE = "clocks_change"


@dataclass(frozen=True)
class Clash:
    """One thing against a time; texts are in the reader's language.

    `who` is the office or person it concerns, `when` the time in words with its zone, `at` the instant to sort by.
    `sentence` says all of it; it is markup where a name stands in another language than the page.
    """

    kind: ClashKind
    severity: Severity
    who: str
    when: str
    at: datetime
    sentence: str | Markup

    @property
    def plain(self) -> str:
        """The sentence without markup, for a text that is not HTML."""
        return self.sentence.striptags() if isinstance(self.sentence, Markup) else self.sentence


def in_order(clashes: Iterable[Clash]) -> list[Clash]:
    """The worst first, then by kind, then by time; each once."""
    severities, kinds = list(Severity), list(ClashKind)
    return sorted(
        dict.fromkeys(clashes),
        key=lambda clash: (severities.index(clash.severity), kinds.index(clash.kind), clash.at, clash.who),
    )


def worst(clashes: Iterable[Clash]) -> Severity | None:
    """How bad it is altogether; None where nothing is in the way."""
    found = {clash.severity for clash in clashes}
    return next((severity for severity in Severity if severity in found), None)
