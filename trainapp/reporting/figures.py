"""The figures of a year: each definition of the registry with its value, in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from trainapp.assistance.models import CollectionAdded, Statement
from trainapp.assistance.queries import DATABASES, database_name, statements_of
from trainapp.catalogue.queries import all_subjects, subject_name
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.reporting.definitions import DEFINITIONS, Definition, Figure, Names, figures
from trainapp.reporting.selections import Scope

FIRST_YEAR = 1990
LAST_YEAR = 2100

Number = int | float


@dataclass(frozen=True)
class Value:
    """A figure of a year. What a source states stands before what the rows add up to, and both are told apart.

    `value` is stated where `statements` is not empty, else itemised. `itemised` is what the rows give, always.
    `beside` are the figures whose statement counts what has no rows here.
    """

    figure: Figure
    value: Number
    itemised: Number
    statements: tuple[Statement, ...]
    beside: tuple[str, ...]

    @property
    def is_itemised(self) -> bool:
        return not self.statements


def checked_year(year: int) -> int:
    """Raises `NotFound` for a year that no report is about."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound()
    return year


def read_names() -> Names:
    """The names of what figures are split by, in the language texts are being made in."""
    subjects = {subject.code: subject_name(subject) for subject in all_subjects()}
    found = db.session.scalars(select(CollectionAdded.database).distinct().order_by(CollectionAdded.database))
    databases = {code: database_name(code) for code in (*DATABASES, *(code for code in found if code not in DATABASES))}
    return Names(subjects, databases)


def figures_of_year(year: int, *, imported: bool = False) -> dict[str, Value]:
    """Every figure of a year by its id; with `imported`, of the rows of its programme file alone."""
    scope = Scope(year, imported)
    statements = {
        figure: statement
        for figure, statement in statements_of(year).items()
        if not imported or (statement.import_key or "").startswith(f"{year}:")
    }
    counted = _count_rows(scope)
    return {figure.id: _value(figure, counted.get(figure.id, 0), statements) for figure in figures(read_names())}


def figure_of_year(figure_id: str, year: int) -> Value:
    """One figure of a year. Raises `NotFound` where there is no such figure."""
    for figure in figures(read_names()):
        if figure.id == figure_id:
            counted = _count_rows(Scope(checked_year(year)), [figure.definition])
            return _value(figure, counted.get(figure.id, 0), statements_of(year))
    raise NotFound()


def _value(figure: Figure, itemised: Number, statements: Mapping[str, Statement]) -> Value:
    stated = _stated(figure, statements)
    beside = tuple(other for other in figure.definition.beside if other in statements)
    return Value(figure, _stated_value(stated) if stated else itemised, itemised, stated, beside)


def _stated(figure: Figure, statements: Mapping[str, Statement]) -> tuple[Statement, ...]:
    """The statements a figure rests on: its own, or both of those it is the difference of."""
    own = statements.get(figure.statement_id)
    if own is not None:
        return (own,)
    parts = [statements[part] for part in figure.definition.difference or () if part in statements]
    return tuple(parts) if len(parts) == len(figure.definition.difference or ()) else ()


def _stated_value(statements: tuple[Statement, ...]) -> int:
    first, *rest = statements
    return first.value - sum(statement.value for statement in rest)


def _count_rows(scope: Scope, definitions: Iterable[Definition] = DEFINITIONS) -> dict[str, Number]:
    """What the rows give: one query for all plain figures, and one for each figure that is split."""
    wanted = list(definitions)
    plain = [definition for definition in wanted if definition.members is None]
    counted: dict[str, Number] = {}
    if plain:
        values = db.session.execute(select(*(_amount(definition, scope) for definition in plain))).one()
        counted = {entry.id: _in_unit(entry, value) for entry, value in zip(plain, values, strict=True)}
    for definition in wanted:
        if definition.members is not None:
            counted |= _count_members(definition, scope)
    return counted


def _amount(definition: Definition, scope: Scope) -> ScalarSelect[Any]:
    rows = definition.rows(scope).subquery()
    what = func.coalesce(func.sum(rows.c.amount), 0) if definition.sums else func.count()
    return select(what).select_from(rows).scalar_subquery()


def _count_members(definition: Definition, scope: Scope) -> dict[str, Number]:
    rows = definition.rows(scope).subquery()
    found = db.session.execute(select(rows.c.member, func.count()).group_by(rows.c.member))
    return {f"{definition.id}.{member}": count for member, count in found}


def _in_unit(definition: Definition, value: Any) -> Number:
    """Whole numbers stay whole; a divided sum is given to two decimals."""
    return int(value) if definition.divisor == 1 else round(int(value) / definition.divisor, 2)
