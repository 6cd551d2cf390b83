"""The ground every test stands on: real databases, an application, a client that looks at every page."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.support import network
from tests.support.client import CheckingClient
from tests.support.databases import PostgresServer, running_postgres
from tests.support.statements import statements_of
from tests.support.world import SEEN_MAILS, World
from trainapp import create_app
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.settings import load_settings

BACKENDS = ("sqlite", "postgresql")
SECRET = "a key for the tests alone, long enough to be taken"

network.watch()


@pytest.fixture(scope="session")
def worker_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trainapp")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run, shared by the processes of xdist."""
    with running_postgres(tmp_path_factory) as server:
        yield server


class Backend:
    """One kind of database with a template: the schema and the reference data, copied anew for each test."""

    def __init__(self, kind: str, folder: Path, server: PostgresServer | None) -> None:
        self.kind, self.folder, self.server = kind, folder, server
        self.name = f"test_{os.getpid()}_{kind}"
        self.template = f"{self.name}_template"
        self.url = self._url_of(self.name)
        self._make_template()

    def _url_of(self, name: str) -> str:
        if self.server is not None:
            return self.server.url(name)
        return f"sqlite:///{self.folder / name}.sqlite3"

    def _make_template(self) -> None:
        if self.server is not None:
            self.server.run(f'CREATE DATABASE "{self.template}"')
        app = make_app(self._url_of(self.template), self.folder / "template-data")
        with app.app_context():
            load_reference_data()
            if self.kind == "sqlite":
                db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            db.session.remove()
            db.engine.dispose()

    def reset(self) -> None:
        """Put a fresh copy of the template in place."""
        if self.server is not None:
            self.server.run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            self.server.run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY')
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.folder / self.name}.sqlite3{suffix}").unlink(missing_ok=True)
        shutil.copyfile(f"{self.folder / self.template}.sqlite3", f"{self.folder / self.name}.sqlite3")


def make_app(database_url: str, data: Path, **settings: str) -> Flask:
    app = create_app(
        load_settings(
            {
                "TRAINAPP_DATA": str(data),
                "TRAINAPP_DATABASE_URL": database_url,
                "TRAINAPP_SECRET_KEY": SECRET,
                "TRAINAPP_LOG_LEVEL": "ERROR",
                "TRAINAPP_POSTS_PER_MINUTE": "100000",
                **settings,
            }
        )
    )
    app.config["TESTING"] = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = CheckingClient
    return app


def load_reference_data() -> None:
    from flask_migrate import upgrade

    from trainapp.catalogue.loading import load_catalogue
    from trainapp.offices.loading import load_offices

    upgrade()
    with unit_of_work():
        load_offices()
        load_catalogue()


@pytest.fixture(scope="session")
def backends(worker_folder: Path, request: pytest.FixtureRequest) -> dict[str, Backend]:
    return {}


@pytest.fixture(scope="session")
def apps() -> dict[str, Flask]:
    return {}


@pytest.fixture(params=BACKENDS)
def app(
    request: pytest.FixtureRequest, worker_folder: Path, backends: dict[str, Backend], apps: dict[str, Flask]
) -> Iterator[Flask]:
    """The application on a fresh database, once on SQLite and once on PostgreSQL."""
    kind = request.param
    if kind not in backends:
        server = request.getfixturevalue("postgres") if kind == "postgresql" else None
        backends[kind] = Backend(kind, worker_folder, server)
    backend = backends[kind]
    backend.reset()
    if kind not in apps:
        apps[kind] = make_app(backend.url, worker_folder / "data")
    app = apps[kind]
    shutil.rmtree(worker_folder / "data" / "mailbox", ignore_errors=True)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """An application context, for tests of services and queries."""
    with app.app_context():
        yield


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    return client


@pytest.fixture
def queries(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the database, to count those of a page."""
    with statements_of(app) as seen:
        yield seen


@pytest.fixture
def world(app: Flask) -> World:
    """A small world of people, sessions and requests, made on demand."""
    return World(app)


@pytest.fixture(autouse=True)
def nothing_leaves_this_machine() -> Iterator[None]:
    """An unexpected socket fails the test, also where the code under test took the refusal calmly."""
    network.reached.clear()
    yield
    assert network.reached == [], "a test must not reach beyond this machine"


@pytest.fixture(autouse=True)
def every_mail_was_looked_at(request: pytest.FixtureRequest) -> Iterator[None]:
    """An unexpected mail fails the test: every mail in the outbox was looked at through `world.mails()`.

    A test whose mails are a by-product says so with `@pytest.mark.causes_mails`.
    """
    if "app" not in request.fixturenames or request.node.get_closest_marker("causes_mails"):
        yield
        return
    app = request.getfixturevalue("app")
    app.extensions[SEEN_MAILS] = set()
    yield
    unseen = unseen_mails(app)
    assert unseen == [], "mails nobody looked at: see world.mails() or mark the test with causes_mails"


def unseen_mails(app: Flask) -> list[str]:
    with app.app_context():
        mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
        unseen = [f"{mail.key} to {mail.recipient}" for mail in mails if mail.id not in app.extensions[SEEN_MAILS]]
        db.session.rollback()
    return unseen
