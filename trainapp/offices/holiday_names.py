"""What readers call the public holidays of states whose own calendars have no names in the reader's language.

`data/holidays/<language>.yaml` translates the English names of the `holidays` package; `names.yaml` lists them, those
of most days first. What the package adds to a name (that a date is estimated, that a day stands for another) is a text
of ours, translated like any other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from trainapp.core.languages import DEFAULT_LANGUAGE, _, speaking
from trainapp.core.timefmt import listed, short_day

DATA = Path(__file__).resolve().parent / "data" / "holidays"
BETWEEN = "; "
"""What the package puts between the names of holidays that fall on one day."""
IN_LIEU = frozenset({"observed", "in lieu", "substitute day"})
ESTIMATED = "estimated"
ADDED = re.compile(rf"(?P<name>.+) \((?P<added>(?:{'|'.join([*sorted(IN_LIEU), ESTIMATED])}|, )+)\)")
MOVED = re.compile(r"Day off \(substituted from (?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4})\)")
DAY_OFF_FOR = re.compile(r"Day off for (?P<name>.+)")


@dataclass(frozen=True)
class EnglishName:
    """A name as the package gives it in English, taken apart; without a `base` it only says from when it was moved."""

    base: str
    is_in_lieu: bool = False
    is_estimated: bool = False
    is_day_off_for: bool = False
    moved_from: date | None = None


def taken_apart(text: str) -> list[EnglishName]:
    """The holidays of one day, from their English names in one text."""
    return [_one(name) for name in text.split(BETWEEN)]


def _one(name: str) -> EnglishName:
    if moved := MOVED.fullmatch(name):
        return EnglishName("", moved_from=date(*(int(moved[part]) for part in ("year", "month", "day"))))
    if off := DAY_OFF_FOR.fullmatch(name):
        return EnglishName(off["name"], is_day_off_for=True)
    if added := ADDED.fullmatch(name):
        notes = set(added["added"].split(", "))
        return EnglishName(added["name"], is_in_lieu=bool(notes & IN_LIEU), is_estimated=ESTIMATED in notes)
    return EnglishName(name)


def translated(text: str, language: str) -> str | None:
    """The English names of one day's holidays in another language; None where one of them is not known in it."""
    names = _names_in(language)
    parts = taken_apart(text)
    if any(part.base and part.base not in names for part in parts):
        return None
    with speaking(language):
        return listed((_told(part, names.get(part.base, "")) for part in parts), language)


def _told(part: EnglishName, name: str) -> str:
    if part.moved_from is not None:
        return _("Day off moved from %(day)s", day=short_day(part.moved_from))
    if part.is_day_off_for:
        return _("Day off for %(holiday)s", holiday=name)
    if part.is_in_lieu and part.is_estimated:
        return _("%(holiday)s (in lieu; date estimated)", holiday=name)
    if part.is_in_lieu:
        return _("%(holiday)s (in lieu)", holiday=name)
    return _("%(holiday)s (date estimated)", holiday=name) if part.is_estimated else name


@cache
def _names_in(language: str) -> Mapping[str, str]:
    """Our names by the English ones; English needs none."""
    if language == DEFAULT_LANGUAGE:
        return {}
    names: dict[str, str] = yaml.safe_load((DATA / f"{language}.yaml").read_text("utf-8"))
    return names
