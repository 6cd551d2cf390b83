"""Loading the offices from the project's data; again without duplicates."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.core.timefmt import UTC_NAME
from trainapp.offices.models import Development, LdcPeriod, Office, OfficeKind

DATA = Path(__file__).resolve().parent / "data"
WEEKDAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}


def load_offices() -> int:
    """Add the offices that are not there yet and give how many; what people edited since is left alone."""
    known = set(db.session.scalars(select(Office.code)))
    names = organization_names()
    added = 0
    # `NA` is Namibia: the csv module has no notion of a missing value, which is why it is used here.
    with (DATA / "offices.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["code"] not in known:
                db.session.add(_office(row, names))
                added += 1
    db.session.flush()
    return added


def organization_names() -> dict[str, dict[str, str]]:
    """The names of each organization per language, by code."""
    names: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        texts: dict[str, str] = yaml.safe_load((DATA / "organizations" / f"{language}.yaml").read_text("utf-8"))
        for code, name in texts.items():
            names.setdefault(code, {})[language] = name
    return names


def _office(row: dict[str, str], organizations: dict[str, dict[str, str]]) -> Office:
    code = row["code"]
    names = organizations.get(code) or {language: row[f"name_{language}"] for language in LANGUAGES}
    return Office(
        code=code,
        is_st3=row["st3"] == "yes",
        kind=OfficeKind.ORGANIZATION if row["kind"] == "organization" else OfficeKind.STATE_OR_TERRITORY,
        names=names,
        region=row["region"],
        subregion=row["subregion"],
        development=Development(row["development"]) if row["development"] else None,
        languages=row["pct_languages"].split(),
        weekend=[WEEKDAYS[day] for day in row["weekend"].split("-")],
        weekend_source=row["weekend_source"],
        zone=row["timezone"] or UTC_NAME,
        ldc_periods=_ldc_periods(row),
    )


def _ldc_periods(row: dict[str, Any]) -> list[LdcPeriod]:
    if row["ldc_until"]:
        return [LdcPeriod(until=date.fromisoformat(row["ldc_until"]))]
    return [LdcPeriod()] if row["ldc"] == "yes" else []
