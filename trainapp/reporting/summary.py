"""A year's report as one document, the same for the API, the command and the page."""

from typing import Any

from trainapp.core.languages import speaking
from trainapp.core.urls import absolute_url
from trainapp.reporting.figures import Value, checked_year, figures_of_year
from trainapp.reporting.queries import activities_of

SCHEMA = "trainapp/report/1"


def summary_of_year(year: int, language: str) -> dict[str, Any]:
    """The document of a year, its labels and titles in `language`. Raises `NotFound` for a year out of range."""
    checked_year(year)
    with speaking(language):
        values = figures_of_year(year)
        return {
            "schema": SCHEMA,
            "year": year,
            "language": language,
            "figures": {figure_id: _entry(value, year, language) for figure_id, value in values.items()},
            "activities": activities_of(year),
        }


def rows_url(value: Value, year: int, language: str) -> str:
    """Where what a figure rests on can be read: its statement, or its rows."""
    endpoint = "reporting.figure_rows" if value.is_itemised else "reporting.statement"
    return absolute_url(endpoint, year=year, figure_id=value.figure.id, language=language)


def _entry(value: Value, year: int, language: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "value": value.value,
        "unit": value.figure.definition.unit.value,
        "label": value.figure.label,
        "itemised": value.is_itemised,
        "rows": rows_url(value, year, language),
    }
    if value.statements:
        entry["itemised_value"] = value.itemised
        entry["sources"] = [statement.source for statement in value.statements]
    if value.beside:
        entry["not_included"] = list(value.beside)
    return entry
