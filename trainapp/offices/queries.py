"""Reads about offices."""

from datetime import date
from operator import itemgetter

from sqlalchemy import select

from trainapp.core.database import db
from trainapp.core.languages import current_language, in_language
from trainapp.offices.models import Office


def office_by_code(code: str) -> Office | None:
    return db.session.scalar(select(Office).where(Office.code == code))


def office_name(office: Office, language: str | None = None) -> str:
    """What a reader calls the office: its state's or its own name, from our data, never from CLDR."""
    return in_language(office.names, language).text


def all_offices() -> list[Office]:
    """Every office, ordered by its name in the reader's language."""
    language = current_language()
    return sorted(db.session.scalars(select(Office)), key=lambda office: office_name(office, language))


def office_choices() -> list[tuple[str, str]]:
    """Codes and names for a list to choose from, ordered by name. Two columns: forms ask for it every time."""
    language = current_language()
    rows = db.session.execute(select(Office.code, Office.names))
    return sorted(((code, in_language(names, language).text) for code, names in rows), key=itemgetter(1))


def is_least_developed(office: Office, on: date) -> bool:
    """Whether the state was listed among the least developed countries on a day."""
    return any(
        (period.from_date is None or period.from_date <= on) and (period.until is None or on < period.until)
        for period in office.ldc_periods
    )
