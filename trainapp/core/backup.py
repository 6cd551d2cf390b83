"""The whole database as one file that either engine can read back: gzipped JSON, one row a line."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Table, func, insert, select, text

from trainapp.core.database import Model, UtcDateTime, db

FORMAT = "trainapp-backup/1"
BATCH = 500


class BackupRefused(Exception):
    """The file or the database is not what a backup or a restore needs; the message says how."""


def write_backup(path: Path) -> int:
    """Write every row of every table and give how many; one transaction, so that the file is of one moment."""
    count = 0
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"format": FORMAT, "schema": _schema()}) + "\n")
        for table, row in _all_rows():
            values = {column.name: _plain(row[column.name]) for column in table.columns}
            file.write(json.dumps([table.name, values], ensure_ascii=False) + "\n")
            count += 1
    return count


def read_backup(path: Path) -> int:
    """Fill an empty database of the same schema from a backup and give how many rows.

    Raises `BackupRefused`, and then nothing was written that a commit would keep.
    """
    _refuse_unless_empty()
    tables = Model.metadata.tables
    count = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            _check_header(json.loads(file.readline()))
            for name, rows in _batches(file):
                table = tables[name]
                db.session.execute(insert(table), [_typed(table, row) for row in rows])
                count += len(rows)
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise BackupRefused(f"this is not a whole backup of trainapp: {error}") from error
    _restart_sequences()
    return count


def _all_rows() -> Iterator[tuple[Table, Any]]:
    for table in Model.metadata.sorted_tables:
        order = list(table.primary_key.columns)
        for row in db.session.execute(select(table).order_by(*order)).mappings():
            yield table, row


def _schema() -> str | None:
    return MigrationContext.configure(db.session.connection()).get_current_revision()


def _check_header(header: dict[str, Any]) -> None:
    if header.get("format") != FORMAT:
        raise BackupRefused("this is not a backup of trainapp")
    if header.get("schema") != _schema():
        raise BackupRefused(
            f"the backup is of schema {header.get('schema')}, the database of {_schema()}; use the same version"
        )


def _refuse_unless_empty() -> None:
    for table in Model.metadata.sorted_tables:
        if db.session.scalar(select(func.count()).select_from(table)):
            raise BackupRefused(f"the database is not empty (table {table.name}); restore into a new one")


def _batches(lines: Iterator[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of one table at a time, in the order of the file, which is that of the foreign keys."""
    name = ""
    rows: list[dict[str, Any]] = []
    for line in lines:
        table, row = json.loads(line)
        if rows and (table != name or len(rows) == BATCH):
            yield name, rows
            rows = []
        name = table
        rows.append(row)
    if rows:
        yield name, rows


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, datetime | date | time) else value


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {column.name: _read(column, row[column.name]) for column in table.columns}


def _read(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
    if kind is bytes:
        return base64.b64decode(value)
    return kind.fromisoformat(value) if kind in (datetime, date, time) else value


def _restart_sequences() -> None:
    """PostgreSQL numbers new rows from its own counters, which rows with given ids leave behind."""
    if db.engine.dialect.name != "postgresql":
        return
    for table in Model.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            highest = select(func.coalesce(func.max(column), 0)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            db.session.execute(select(func.setval(sequence, highest + 1, text("false"))))
