"""Which column of a sheet says what: by its heading in any of the ten languages, else by what stands in it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from trainapp.core.errors import DomainError
from trainapp.core.forms import is_mail_address
from trainapp.core.languages import LANGUAGES, _, lazy, speaking
from trainapp.core.timefmt import number
from trainapp.documents.sheets import Line, Table
from trainapp.registrations.nomination_words import OfficeWords, folded, language_meant, zone_meant

MOST_PEOPLE = 5_000
LINES_BEFORE_HEAD = 5
"""A title and some words often stand above the headings."""
LINES_LOOKED_AT = 50
CELL_LIMIT = 300
NAME_AND_ADDRESS = re.compile(r"(?P<name>[^<>]*)<\s*(?P<address>[^<>\s]+)\s*>")


class Column(StrEnum):
    """What a list may say of a person; name and address it must."""

    NAME = "name"
    ADDRESS = "address"
    LANGUAGE = "language"
    ZONE = "zone"
    OFFICE = "office"


@dataclass(frozen=True)
class Given:
    """A row as it was written: its number in the sheet, and a text for each column that has one."""

    number: int
    texts: dict[str, str]


def column_label(column: Column) -> str:
    """The heading of a column in the reader's language."""
    labels = {
        Column.NAME: _("Name"),
        Column.ADDRESS: _("E-mail address"),
        Column.LANGUAGE: _("Language"),
        Column.ZONE: _("Time zone"),
        Column.OFFICE: _("IP office"),
    }
    return labels[column]


def _other_words(column: Column) -> list[str]:
    words = {
        Column.NAME: [_("Person"), _("Participant")],
        Column.ADDRESS: ["e-mail", "mail"],
        Column.LANGUAGE: [_("Language of mails and invitations")],
        Column.OFFICE: [_("Office")],
    }
    return words.get(column, [])


@cache
def headings() -> dict[str, Column]:
    """Every word that may head a column, in all languages at once."""
    found: dict[str, Column] = {}
    for code in LANGUAGES:
        with speaking(code):
            for column in Column:
                for word in (column_label(column), *_other_words(column)):
                    found.setdefault(folded(word), column)
    return found


def people_of(table: Table, field: str) -> list[Given]:
    """The rows that stand for people. Raises `DomainError` on `field` where none do, or too many."""
    places, lines = _columns_of(table.lines)
    if Column.ADDRESS not in places.values():
        raise DomainError(
            lazy("No e-mail addresses were found in this list. Each person needs a name and an e-mail address."), field
        )
    if not lines:
        raise DomainError(lazy("There is nobody in this list."), field)
    if len(lines) > MOST_PEOPLE:
        raise DomainError(
            lazy("A list holds at most %(most)s people. Please divide it.", most=number(MOST_PEOPLE)), field
        )
    return [_given(line, places) for line in lines]


def _given(line: Line, places: dict[int, Column]) -> Given:
    texts = {
        column.value: " ".join(line.cells[place].split())[:CELL_LIMIT]
        for place, column in places.items()
        if place < len(line.cells)
    }
    both = NAME_AND_ADDRESS.fullmatch(texts.get(Column.ADDRESS, ""))
    if both is not None:
        texts[Column.ADDRESS] = both["address"]
        texts[Column.NAME] = texts.get(Column.NAME) or both["name"].strip(" \"'")
    return Given(line.number, {column: text for column, text in texts.items() if text})


def _columns_of(lines: list[Line]) -> tuple[dict[int, Column], list[Line]]:
    """Which column stands where, and the lines below the headings."""
    for place, line in enumerate(lines[:LINES_BEFORE_HEAD]):
        headed = _headed(line)
        if Column.ADDRESS in headed.values() or len(headed) > 1:
            return _guessed(headed, lines[place + 1 :]), lines[place + 1 :]
    return _guessed({}, lines), lines


def _headed(line: Line) -> dict[int, Column]:
    places: dict[int, Column] = {}
    for place, cell in enumerate(line.cells):
        column = headings().get(folded(cell))
        if column is not None and column not in places.values():
            places[place] = column
    return places


def _guessed(places: dict[int, Column], lines: list[Line]) -> dict[int, Column]:
    """The columns with those added that no heading named: an address looks like one, and a name is what is left."""
    columns = _texts_by_place(lines[:LINES_LOOKED_AT])
    tests: dict[Column, Callable[[str], bool]] = {Column.ADDRESS: _looks_like_address}
    if not places:
        offices = OfficeWords()
        tests[Column.LANGUAGE] = lambda text: language_meant(text) is not None
        tests[Column.ZONE] = lambda text: zone_meant(text) is not None
        tests[Column.OFFICE] = lambda text: offices.meant(text) is not None
    found = dict(places)
    for column, holds in tests.items():
        if column not in found.values():
            _add_first(found, column, [place for place in columns if _mostly(columns[place], holds)])
    if Column.NAME not in found.values():
        _add_first(found, Column.NAME, [place for place in columns if not _mostly(columns[place], str.isnumeric)])
    return found


def _add_first(places: dict[int, Column], column: Column, candidates: list[int]) -> None:
    free = next((place for place in sorted(candidates) if place not in places), None)
    if free is not None:
        places[free] = column


def _texts_by_place(lines: list[Line]) -> dict[int, list[str]]:
    columns: dict[int, list[str]] = {}
    for line in lines:
        for place, cell in enumerate(line.cells):
            if cell:
                columns.setdefault(place, []).append(cell)
    return columns


def _mostly(texts: list[str], holds: Callable[[str], bool]) -> bool:
    return sum(1 for text in texts if holds(text)) * 2 > len(texts)


def _looks_like_address(text: str) -> bool:
    both = NAME_AND_ADDRESS.fullmatch(text)
    return is_mail_address(both["address"] if both else text)
