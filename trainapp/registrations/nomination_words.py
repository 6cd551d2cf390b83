"""What people write in the cells of a list, in any of the ten languages: languages, time zones, offices."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TypeVar

from sqlalchemy import select

from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES, language_name
from trainapp.core.timefmt import UTC_NAME, known_zones, zone_choices, zone_city
from trainapp.offices.models import Office

IN_BRACKETS = re.compile(r"\([^()]*\)\s*$")
AFTER_CODE = re.compile(r"[-_].*$")

Meaning = TypeVar("Meaning", int, str)


def folded(text: str) -> str:
    """A word as it is compared: without case, width, spaces and signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def language_meant(text: str) -> str | None:
    """The code of one of the ten languages, by its code (`ar`, `pt-BR`) or its name in any of them."""
    return _languages().get(folded(text)) or _languages().get(folded(AFTER_CODE.sub("", text.strip())))


@cache
def _languages() -> dict[str, str]:
    return _unambiguous(
        [(name, code) for code in LANGUAGES for name in (code, LANGUAGES[code], *_names_of_language(code))]
    )


def _names_of_language(code: str) -> list[str]:
    return [language_name(code, reader) for reader in LANGUAGES]


def zone_meant(text: str) -> str | None:
    """An IANA zone, by its name or by the name of its city in any of the ten languages (`Nairobi (UTC+3)`)."""
    return _zones().get(folded(text)) or _zones().get(folded(IN_BRACKETS.sub("", text)))


@cache
def _zones() -> dict[str, str]:
    cities = [(zone_city(zone, reader), zone) for zone, _label in zone_choices(now()) for reader in LANGUAGES]
    names = {folded(zone): zone for zone in (*known_zones(), UTC_NAME)}
    return {**_unambiguous(cities), **names}


class OfficeWords:
    """Every office by its code and its names; read once for a batch of rows."""

    def __init__(self) -> None:
        self.by_id = {office.id: office for office in db.session.scalars(select(Office))}
        names = [(name, office.id) for office in self.by_id.values() for name in office.names.values()]
        codes = {folded(office.code): office.id for office in self.by_id.values()}
        self._ids = {**_unambiguous(names), **codes}

    def meant(self, text: str) -> Office | None:
        found = self._ids.get(folded(text))
        return self.by_id[found] if found is not None else None


def _unambiguous(pairs: Iterable[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """What a word means, where it means one thing only."""
    meanings: dict[str, set[Meaning]] = {}
    for word, meaning in pairs:
        meanings.setdefault(folded(word), set()).add(meaning)
    return {word: found.pop() for word, found in meanings.items() if word and len(found) == 1}
