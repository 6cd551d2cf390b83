"""Checking a programme file: its shape by the schema, then what no schema can say. Every problem has its line."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from sqlalchemy import select

from trainapp.catalogue.models import Subject
from trainapp.core.database import db
from trainapp.core.languages import _
from trainapp.core.timefmt import listed
from trainapp.offices.models import Office
from trainapp.programme.reading import Path, Source

SCHEMA_FILE = FilePath(__file__).resolve().parent / "schema.json"

formats = FormatChecker(formats=())


@formats.checks("date", raises=ValueError)
def is_date(value: object) -> bool:
    """A day of the calendar as `2021-07-05`."""
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


def is_whole_number(_checker: object, value: object) -> bool:
    """JSON Schema takes 17.0 for a whole number; a count is written as 17."""
    return isinstance(value, int) and not isinstance(value, bool)


@cache
def validator() -> Any:
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", is_whole_number)
    strict = validators.extend(Draft202012Validator, type_checker=types)
    return strict(json.loads(SCHEMA_FILE.read_text("utf-8")), format_checker=formats)


def check_source(source: Source) -> None:
    """Add to the source's problems all that is wrong with its values."""
    for error in validator().iter_errors(source.values):
        path: Path = tuple(error.absolute_path)
        if path not in source.unread:
            _refuse(source, error, path)
    if isinstance(source.values, dict):
        _check_codes(source)
        _check_days(source)
        _check_twice(source)
        _check_ocr(source)


def value_at(values: Any, path: Path) -> Any:
    """The value at a path; None where the path leads nowhere."""
    for part in path:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _refuse(source: Source, error: ValidationError, path: Path) -> None:
    if error.validator == "additionalProperties":
        for key in sorted(set(_keys(error.instance)) - set(_keys(_part(error.schema, "properties")))):
            source.refuse((*path, key), _('"%(key)s" is not known here.', key=key))
        return
    source.refuse(path, _message(error, path))


def _part(schema: Any, name: str) -> Any:
    return schema.get(name, {}) if isinstance(schema, dict) else {}


def _keys(value: Any) -> list[str]:
    return [str(key) for key in value] if isinstance(value, dict) else []


def _message(error: ValidationError, path: Path) -> str:
    """What is wrong, in the words of the file."""
    name = str(path[-1]) if path and isinstance(path[-1], str) else str(path[-2]) if len(path) > 1 else ""
    explain = MESSAGES.get(str(error.validator), _other)
    if _is_office(path) and not isinstance(error.instance, str):
        return _office_not_text(error.instance)
    return explain(error, name)


def _is_office(path: Path) -> bool:
    return path[-1:] == ("office",) or path[-2:-1] == ("offices",)


def _office_not_text(value: Any) -> str:
    if value is None or isinstance(value, float):
        return _('the office code is missing; Namibia is "NA" in quotes.')
    if isinstance(value, bool):
        return _('the office code was read as yes or no; Norway is "NO" in quotes.')
    return _("the office code is not a text.")


def _wrong_type(error: ValidationError, name: str) -> str:
    wanted = {
        "string": _("a text"),
        "integer": _("a whole number"),
        "boolean": _("true or false"),
        "array": _("a list"),
        "object": _("a group of keys"),
    }
    kind = wanted.get(str(error.validator_value), str(error.validator_value))
    if error.instance is None:
        return _('"%(name)s" is missing; it is %(kind)s.', name=name, kind=kind)
    return _('"%(name)s" is %(value)s; it must be %(kind)s.', name=name, value=_shown(error.instance), kind=kind)


def _missing(error: ValidationError, _name: str) -> str:
    wanted: Any = error.validator_value
    missing = [key for key in wanted if key not in _keys(error.instance)]
    return _("this is missing here: %(keys)s.", keys=listed(missing))


def _not_a_date(error: ValidationError, _name: str) -> str:
    return _("%(text)s is not a day of the calendar.", text=_shown(error.instance))


def _not_of_these(error: ValidationError, name: str) -> str:
    known = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    choices = listed(_shown(choice) for choice in known)
    return _(
        '"%(name)s" is %(value)s; it can be %(choices)s.', name=name, value=_shown(error.instance), choices=choices
    )


def _outside(error: ValidationError, name: str) -> str:
    return _('"%(name)s" cannot be %(value)s.', name=name, value=_shown(error.instance))


def _empty(error: ValidationError, name: str) -> str:
    return _('"%(name)s" is empty.', name=name)


def _repeated(error: ValidationError, name: str) -> str:
    return _('the same stands twice in "%(name)s".', name=name)


def _too_many(error: ValidationError, name: str) -> str:
    return _('"%(name)s" holds more than it can.', name=name)


def _other(error: ValidationError, name: str) -> str:
    return _('"%(name)s" is not as it must be: %(value)s.', name=name, value=_shown(error.instance))


MESSAGES: dict[str, Callable[[ValidationError, str], str]] = {
    "type": _wrong_type,
    "required": _missing,
    "format": _not_a_date,
    "enum": _not_of_these,
    "const": _not_of_these,
    "minimum": _outside,
    "maximum": _outside,
    "minItems": _empty,
    "minLength": _empty,
    "maxItems": _too_many,
    "maxLength": _too_many,
    "uniqueItems": _repeated,
}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _rows(source: Source, section: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The rows of a list that are rows at all; others the schema has refused."""
    rows = source.values.get(section)
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict):
            yield (section, index), row


def _texts(source: Source, path: Path) -> Iterator[tuple[Path, str]]:
    """A text, or the texts of a list, at a path."""
    value = value_at(source.values, path)
    if isinstance(value, str):
        yield path, value
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, str):
            yield (*path, index), item


def _check_codes(source: Source) -> None:
    offices = set(db.session.scalars(select(Office.code)))
    subjects = set(db.session.scalars(select(Subject.code)))
    for path, code in _codes(source, "office"):
        if code not in offices:
            source.refuse(path, _("there is no office %(code)s.", code=_shown(code)))
    for path, code in _codes(source, "subject"):
        if code not in subjects:
            source.refuse(path, _("there is no subject %(code)s.", code=_shown(code)))


def _codes(source: Source, what: str) -> Iterator[tuple[Path, str]]:
    yield from _texts(source, ("webinars", f"{what}s"))
    for section in ("advice", "office_trainings", "collections_added"):
        for path, _row in _rows(source, section):
            yield from _texts(source, (*path, what))
            yield from _texts(source, (*path, f"{what}s"))


def _check_days(source: Source) -> None:
    """Everything dated lies in the year of the file."""
    year = source.values.get("year")
    if not isinstance(year, int):
        return
    for section, key in (("office_trainings", "dates"), ("platforms", "as_of")):
        for path, _row in _rows(source, section):
            for at, day in _texts(source, (*path, key)):
                if _is_day(day) and not day.startswith(f"{year}-"):
                    source.refuse(at, _("%(day)s is not in %(year)s.", day=day, year=year))
    pilot: Path = ("full_text_ocr", "pilot_online_training", "year")
    told = value_at(source.values, pilot)
    if isinstance(told, int) and told != year:
        source.refuse(pilot, _("%(day)s is not in %(year)s.", day=told, year=year))


def _is_day(text: str) -> bool:
    try:
        return is_date(text)
    except ValueError:
        return False


def _check_twice(source: Source) -> None:
    """Nothing that is told once is told on two lines."""
    keys = {
        "office_trainings": ("office", "subjects", "dates"),
        "platforms": ("system",),
        "committee_meetings": ("committee", "session"),
        "collections_added": ("database",),
        "advice": ("subject", "mode", "outcome", "status"),
    }
    for section, names in keys.items():
        first: dict[str, int] = {}
        for path, row in _rows(source, section):
            key = json.dumps([row.get(name) for name in names], default=str)
            if key in first:
                source.refuse(path, _("the same stands on line %(line)s.", line=first[key]))
            first.setdefault(key, source.line(path))


def _check_ocr(source: Source) -> None:
    received, trained = (value_at(source.values, ("full_text_ocr", key)) for key in ("received_software", "trained"))
    if isinstance(received, int) and isinstance(trained, int) and trained > received:
        source.refuse(
            ("full_text_ocr", "trained"),
            _(
                "%(trained)s offices trained are more than the %(received)s that received the software.",
                trained=trained,
                received=received,
            ),
        )
