"""One row for every table of a schema, whatever its columns: data for migrations to carry."""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, insert, select, types

# Where a rule of a table wants more than the type of a column says.
VALUES: dict[tuple[str, str], Any] = {
    ("meeting", "starts_at"): datetime(2027, 3, 1, 9, tzinfo=UTC),
    ("meeting", "ends_at"): datetime(2027, 3, 1, 10, tzinfo=UTC),
    ("slot_meeting", "ends_at"): datetime(2027, 3, 1, 10, tzinfo=UTC),
    ("trainer_hours", "to_time"): time(10),
}


def fill_every_table(connection: Connection, metadata: MetaData) -> dict[str, int]:
    """Put one row into each table, parents first; gives how many rows each table then has."""
    for table in metadata.sorted_tables:
        connection.execute(insert(table).values(_row(connection, table)))
    return count_rows(connection, metadata)


def count_rows(connection: Connection, metadata: MetaData) -> dict[str, int]:
    return {table.name: len(connection.execute(select(table)).all()) for table in metadata.sorted_tables}


def _row(connection: Connection, table: Table) -> dict[str, Any]:
    return {column.name: _value(connection, table, column) for column in table.columns if not _is_given(column)}


def _is_given(column: Column[Any]) -> bool:
    """Whether the database numbers the rows itself."""
    return column is column.table.autoincrement_column


def _value(connection: Connection, table: Table, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(key.column)).scalars().first()
    if (table.name, column.name) in VALUES:
        return VALUES[table.name, column.name]
    return _value_of_type(column.type)


def _value_of_type(kind: types.TypeEngine[Any]) -> Any:
    plain = kind.impl if isinstance(kind, types.TypeDecorator) else kind
    choices = getattr(kind, "choices", None)
    if choices is not None:
        return next(iter(choices))
    if isinstance(plain, types.Boolean):
        return True
    if isinstance(plain, types.Integer | types.Numeric):
        return 1
    if isinstance(plain, types.DateTime):
        return datetime(2027, 3, 1, 9, tzinfo=UTC)
    if isinstance(plain, types.Date):
        return date(2027, 3, 1)
    if isinstance(plain, types.Time):
        return time(9)
    if isinstance(plain, types.LargeBinary):
        return b"\x00bytes\xff"
    if isinstance(plain, types.JSON):
        return {"en": "text", "ar": "نص"}
    if isinstance(plain, types.String):
        return "نص"[: plain.length or 2]
    raise TypeError(f"no value for {kind!r}")
