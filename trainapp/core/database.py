"""The database: one declarative base, the column types of the house, and how each engine is set up."""

import sqlite3
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from time import monotonic
from typing import Any

from flask import Flask, current_app, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, Row, Select, String, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from trainapp.settings import PROJECT_ROOT, Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
BUSY_TIMEOUT_MS = 30_000
IDLE_SECONDS = 1.0
LONE_READS = "trainapp.lone_reads"

writing: ContextVar[bool] = ContextVar("writing", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Takes and gives aware datetimes in UTC; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime is not an instant: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Choice(TypeDecorator[Any]):
    """A member of a `StrEnum`, kept as its value, so that a migration is not needed to add one."""

    impl = String(32)
    cache_ok = True

    def __init__(self, choices: type[Any]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self.choices(value)


LocalizedText = dict[str, str]
"""A text per language, by language code."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """The one declarative base of every room's tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: UtcDateTime(),
        LocalizedText: JSON(),
        list[str]: JSON(),
        list[int]: JSON(),
        dict[str, Any]: JSON(),
    }


db = SQLAlchemy()
migrate = Migrate()


def init_database(app: Flask, settings: Settings) -> None:
    """Bind the database of the settings to the application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings.database_url)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(PROJECT_ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        app.extensions[LONE_READS] = db.engine
        if db.engine.dialect.name == "sqlite":
            _set_up_sqlite(db.engine)
        else:
            _ask_idle_connections(db.engine)
            app.extensions[LONE_READS] = db.engine.execution_options(isolation_level="AUTOCOMMIT")


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {"hide_parameters": True, "pool_size": 10, "max_overflow": 10}


def read_alone(statement: Select[Any], **parameters: Any) -> Row[Any] | None:
    """The one row of a read outside of the request's transaction: PostgreSQL is asked once, without BEGIN and END.

    It sees what is committed.
    """
    engine: Engine = current_app.extensions[LONE_READS]
    with engine.connect() as connection:
        return connection.execute(statement, parameters).one_or_none()


def _ask_idle_connections(engine: Engine) -> None:
    """Ask a connection that has rested whether it is still there, so that a restart of the database costs no page.

    `pool_pre_ping` asks every time, which is a journey to the database more for every page.
    """

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("rests_since", monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError() from error  # the pool then makes a new one


def may_write() -> bool:
    """Whether the transaction about to begin may write."""
    return writing.get() or (has_request_context() and request.method not in SAFE_METHODS)


def _set_up_sqlite(engine: Engine) -> None:
    """Foreign keys, a write-ahead log, and a transaction that takes its write lock at its start.

    A transaction that began reading and writes later fails at once when another wrote in between; one that
    starts with BEGIN IMMEDIATE waits its turn instead.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if may_write() else "BEGIN")


__all__ = ["Choice", "LocalizedText", "Model", "UtcDateTime", "date", "datetime", "db", "time", "writing"]
