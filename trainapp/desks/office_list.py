"""The list of offices: which fit what a coordinator looks for, by name in the reader's language."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.languages import DEFAULT_LANGUAGE
from trainapp.desks.office_page import OfficeLine, office_line
from trainapp.desks.office_queries import figures_of, offices_trained
from trainapp.offices.models import Development, Office
from trainapp.offices.queries import is_least_developed, office_name
from trainapp.offices.standing import Standing

PAGE_SIZE = 50


@dataclass(frozen=True)
class OfficeFilter:
    """What the list is narrowed to; None narrows nothing. `trained` is whether an office had a training so far."""

    name: str = ""
    region: str | None = None
    standing: Standing | None = None
    trained: bool | None = None


@dataclass(frozen=True)
class OfficeList:
    """One page of the offices that fit; pages count from 1."""

    lines: list[OfficeLine]
    total: int
    number: int
    pages: int


def offices_that_fit(wanted: OfficeFilter, page: int) -> OfficeList:
    """The offices by name, fifty on a page. Names stand in the data per language, so all offices are read for it."""
    on = today()
    trained = offices_trained()
    offices = db.session.scalars(select(Office).options(joinedload(Office.ldc_periods))).unique()
    found = sorted(
        (office for office in offices if _fits(office, wanted, office.id in trained, on)),
        key=lambda office: (office_name(office), office.code),
    )
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, page), pages)
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    figures = figures_of([office.id for office in shown])
    return OfficeList([office_line(office, figures[office.id], on) for office in shown], len(found), number, pages)


def _fits(office: Office, wanted: OfficeFilter, is_trained: bool, on: date) -> bool:
    return (
        _is_called(office, wanted.name)
        and wanted.region in (None, office.region)
        and (wanted.standing is None or _counts_as(office, wanted.standing, on))
        and wanted.trained in (None, is_trained)
    )


def _is_called(office: Office, name: str) -> bool:
    """Whether a name is part of the office's, as the reader or English writes it, or is its code."""
    looked_for = name.casefold()
    names = (office_name(office), office_name(office, DEFAULT_LANGUAGE))
    return looked_for == office.code.casefold() or any(looked_for in each.casefold() for each in names)


def _counts_as(office: Office, standing: Standing, on: date) -> bool:
    """Asking for developing countries gives the least developed among them too."""
    if standing is Standing.LEAST_DEVELOPED:
        return is_least_developed(office, on)
    return office.development is Development(standing.value)
