"""Is the process alive, and is the installation ready: checks are told by the rooms, not imported."""

from collections.abc import Callable

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from trainapp.core.access import Permission, access
from trainapp.core.database import db
from trainapp.core.logs import log
from trainapp.settings import PROJECT_ROOT

blueprint = Blueprint("health", __name__)

Check = Callable[[], str]
"""Returns what it found, in plain English for an operator; raises `NotReady` with the reason."""


class NotReady(Exception):
    """One part of the installation is not ready; the message says which and why."""


def init_health(app: Flask) -> dict[str, Check]:
    checks: dict[str, Check] = {"database": check_database, "migrations": check_migrations}
    app.extensions["trainapp.health"] = checks
    app.register_blueprint(blueprint)
    return checks


def check_database() -> str:
    db.session.execute(text("SELECT 1"))
    return db.engine.dialect.name


def check_migrations() -> str:
    """Raises `NotReady` when the schema is not the one this code was written for."""
    head = ScriptDirectory(str(PROJECT_ROOT / "migrations")).get_current_head()
    current = MigrationContext.configure(db.session.connection()).get_current_revision()
    if current != head:
        raise NotReady(f"the schema is at {current}, the code at {head}: run `trainapp init`")
    return str(current)


def run_checks() -> tuple[bool, dict[str, str]]:
    """Every check's finding; false when any is not ready."""
    ready, found = True, {}
    for name, check in current_app.extensions["trainapp.health"].items():
        try:
            found[name] = check()
        except NotReady as reason:
            ready, found[name] = False, str(reason)
        except Exception as error:
            log.exception("a health check failed")
            ready, found[name] = False, type(error).__name__
    return ready, found


@blueprint.get("/healthz")
@access(Permission.PUBLIC)
def healthz() -> ResponseReturnValue:
    return {"status": "alive"}


@blueprint.get("/readyz")
@access(Permission.PUBLIC)
def readyz() -> ResponseReturnValue:
    ready, found = run_checks()
    return {"status": "ready" if ready else "not ready", "checks": found}, 200 if ready else 503
