"""Alembic's way into the application's database; started by Flask-Migrate inside an application context."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from trainapp.core.database import Model, db, writing


def render_item(kind: str, item: Any, _context: AutogenContext) -> Any:
    """Write our column types as the plain ones beneath, so that a migration never needs the code of its day."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying and dropping it, which its foreign keys forbid while they are watched.

    The switch does nothing inside a transaction (SQLite, PRAGMA foreign_keys), so it is set around it; what the
    migration leaves behind is checked before the watch begins again.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        broken = driver.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"a migration left rows whose parents are gone: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def run() -> None:
    token = writing.set(True)
    try:
        with db.engine.connect() as connection, foreign_keys_off(connection):
            context.configure(
                connection=connection,
                target_metadata=Model.metadata,
                render_as_batch=True,
                compare_type=True,
                render_item=render_item,
            )
            with context.begin_transaction():
                context.run_migrations()
            connection.commit()
    finally:
        writing.reset(token)


run()
