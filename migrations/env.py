"""Alembic's way into the application's database; started by Flask-Migrate inside an application context."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from trainapp.core.database import Model, db, writing


def render_item(kind: str, item: Any, _context: AutogenContext) -> Any:
    """Write our column types as the plain ones beneath, so that a migration never needs the code of its day."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def run() -> None:
    token = writing.set(True)
    try:
        with db.engine.connect() as connection:
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
