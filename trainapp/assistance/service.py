"""Rules and writes of the register of assistance: each fact stands once, and a statement never becomes rows."""

from datetime import date
from typing import Any

from trainapp.assistance.models import Advice, CollectionAdded, CommitteeMeeting, Statement
from trainapp.catalogue.models import Subject
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.languages import lazy
from trainapp.offices.models import Office


def state_figure(
    figure: str,
    year: int,
    value: int,
    source: str,
    *,
    as_of: date | None = None,
    condition: str = "",
    import_key: str | None = None,
) -> Statement:
    """Keep what a source only counts. `value` is in the figure's own unit. Raises `DomainError` for less than 0."""
    if value < 0:
        raise DomainError(lazy("A figure counts from 0 up."), "value")
    if not source.strip():
        raise DomainError(lazy("A stated figure needs its source."), "source")
    statement = Statement(
        figure=figure,
        year=year,
        value=value,
        source=source,
        as_of=as_of,
        condition=condition,
        import_key=import_key,
    )
    return _kept(statement)


def add_advice(
    year: int, subject: Subject, ways: list[str], *, outcome: str = "", status: str = "", import_key: str | None = None
) -> Advice:
    """Keep a piece of technical advice; `ways` are how it was given, `status` is where its outcome stands."""
    return _kept(
        Advice(year=year, subject=subject, ways=ways, outcome=outcome, outcome_status=status, import_key=import_key)
    )


def add_collection(
    office: Office, database: str, ip_right: str, year: int, *, import_key: str | None = None
) -> CollectionAdded:
    """Keep that an office's national collection joined a global database in a year."""
    return _kept(CollectionAdded(office=office, database=database, ip_right=ip_right, year=year, import_key=import_key))


def add_committee_meeting(
    committee: str, number: int, held: str, verified: bool, *, import_key: str | None = None
) -> CommitteeMeeting:
    """Keep when (`2021-11`) a committee met, and whether a record says so."""
    return _kept(
        CommitteeMeeting(committee=committee, number=number, held=held, verified=verified, import_key=import_key)
    )


def _kept(row: Any) -> Any:
    db.session.add(row)
    return row
