"""The report's pages: a year's figures, the rows behind each, and what a source only states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import permissions_of_visitor
from trainapp.assistance.queries import first_of_month, meeting_outside
from trainapp.core.access import Permission, access
from trainapp.core.errors import NotFound
from trainapp.core.languages import _
from trainapp.core.timefmt import number
from trainapp.core.web import page
from trainapp.reporting.definitions import WEBINARS, Group
from trainapp.reporting.figures import Value, checked_year, figure_of_year, figures_of_year
from trainapp.reporting.queries import latest_year, mandate_of, years_with_records
from trainapp.reporting.rows import rows_of, sum_text

blueprint = Blueprint("reporting", __name__, url_prefix="/<lang:language>")

LONGEST_PAGE_NUMBER = 9


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart (components/bars.html)."""

    label: str
    value: float
    text: str
    url: str


@blueprint.get("/reports")
@access(Permission.PUBLIC)
def summary() -> ResponseReturnValue:
    return redirect(url_for("reporting.year", year=latest_year()))


@blueprint.get("/reports/<int:year>")
@access(Permission.PUBLIC)
def year(year: int) -> ResponseReturnValue:
    values = figures_of_year(checked_year(year))
    return page(
        "reporting/year.html",
        year=year,
        years=years_with_records(),
        mandate=mandate_of(year),
        is_empty=not any(value.value for value in values.values()),
        nobody_recorded=not values["registrations"].value and not values["attendances"].value,
        stated_webinars=values[WEBINARS] if not values[WEBINARS].is_itemised else None,
        figures={group.value: _in_group(values, group) for group in Group},
        charts={group.value: _bars(values, group, year) for group in Group},
        url_of=lambda value: url_of(value, year),
    )


@blueprint.get("/reports/<int:year>/figures/<figure_id>")
@access(Permission.PUBLIC)
def figure_rows(year: int, figure_id: str) -> ResponseReturnValue:
    value = figure_of_year(figure_id, year)
    may_see_people = Permission.COORDINATE in permissions_of_visitor()
    rows = rows_of(value.figure, year, _page_number(), may_see_people)
    return page(
        "reporting/figure_rows.html",
        year=year,
        value=value,
        rows=rows,
        headers=[{"text": header.text, "kind": header.kind} for header in rows.headers],
        sum_text=sum_text(value.figure, value.itemised, rows.total),
        page_urls=_page_urls(year, figure_id, rows.number, rows.pages),
        cell_url=lambda cell: url_for(cell.endpoint, **cell.arguments) if cell.endpoint else "",
    )


@blueprint.get("/reports/<int:year>/statements/<figure_id>")
@access(Permission.PUBLIC)
def statement(year: int, figure_id: str) -> ResponseReturnValue:
    value = figure_of_year(figure_id, year)
    if value.is_itemised:
        raise NotFound()
    outside = [meeting_outside(told.condition, year) for told in value.statements]
    meeting = next((meeting for meeting in outside if meeting is not None), None)
    return page(
        "reporting/statement.html",
        year=year,
        value=value,
        meeting_outside=meeting,
        held=first_of_month(meeting.held) if meeting is not None else None,
    )


def url_of(value: Value, year: int) -> str:
    """Where what a figure rests on can be read."""
    endpoint = "reporting.figure_rows" if value.is_itemised else "reporting.statement"
    return url_for(endpoint, year=year, figure_id=value.figure.id)


def _in_group(values: Mapping[str, Value], group: Group) -> list[Value]:
    return [value for value in values.values() if value.figure.definition.group is group]


def _bars(values: Mapping[str, Value], group: Group, year: int) -> list[Bar]:
    """The lines of a chart: what has something to show, so that a chart stays readable."""
    return [
        Bar(_bar_label(value), value.value, number(value.value), url_of(value, year))
        for value in _in_group(values, group)
        if value.value
    ]


def _bar_label(value: Value) -> str:
    if value.is_itemised:
        return value.figure.member_name
    return _("%(name)s (stated, not itemized)", name=value.figure.member_name)


def _page_number() -> int:
    text = request.args.get("page", "1")
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_PAGE_NUMBER
    return int(text) if is_number else 1


def _page_urls(year: int, figure_id: str, place: int, pages: int) -> dict[str, Any]:
    def at(wanted: Iterable[int]) -> list[str | None]:
        return [
            url_for("reporting.figure_rows", year=year, figure_id=figure_id, page=each) if 1 <= each <= pages else None
            for each in wanted
        ]

    previous_url, next_url = at((place - 1, place + 1))
    return {"previous_url": previous_url, "next_url": next_url}
