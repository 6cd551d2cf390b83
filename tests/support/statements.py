"""Looking at the statements that reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from trainapp.core.database import db

WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "DROP", "ALTER", "TRUNCATE")


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """Every statement that reaches the database inside the block, in order."""
    with app.app_context():
        engine = db.engine
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement.strip())

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def is_write(statement: str) -> bool:
    """Whether a statement changes rows or tables, also one that begins with a WITH clause."""
    words = statement.upper().split()
    return bool(words) and (words[0] in WRITES or (words[0] == "WITH" and any(word in WRITES for word in words)))
