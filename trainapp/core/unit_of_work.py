"""One unit of work per unsafe request, worker step or command: everything in it commits together or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, IntegrityError

from trainapp.core.database import SAFE_METHODS, db, writing
from trainapp.core.errors import Conflict

SERIALIZATION_FAILURES = frozenset({"40001", "40P01"})


@contextmanager
def unit_of_work() -> Iterator[None]:
    """For workers and commands: commit at the end, roll back if anything is raised."""
    token = writing.set(True)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        writing.reset(token)


class UnitOfWorkFlask(Flask):
    """Flask whose unsafe requests are one unit of work, committed before the response leaves."""

    def dispatch_request(self) -> ResponseReturnValue:
        if request.method in SAFE_METHODS:
            return super().dispatch_request()
        return _commit_once(super().dispatch_request)


def _commit_once(dispatch: Callable[[], ResponseReturnValue]) -> Response:
    kept_session = dict(session)
    try:
        return _dispatch_and_commit(dispatch)
    except DBAPIError as error:
        db.session.rollback()
        if not (isinstance(error, IntegrityError) or _is_serialization_failure(error)):
            raise
    # A neighbour wrote the same row first: look again, once, with what is there now.
    session.clear()
    session.update(kept_session)
    g.pop("_flashes", None)
    try:
        return _dispatch_and_commit(dispatch)
    except DBAPIError as error:
        db.session.rollback()
        if isinstance(error, IntegrityError) or _is_serialization_failure(error):
            raise Conflict.of_writers() from error
        raise


def _dispatch_and_commit(dispatch: Callable[[], ResponseReturnValue]) -> Response:
    try:
        response = current_app.make_response(dispatch())
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response
    except BaseException:
        db.session.rollback()
        raise


def _is_serialization_failure(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in SERIALIZATION_FAILURES


def rolled_back(response: Any) -> Any:
    """Roll back at the end of a safe request: what it read is forgotten, nothing is left open."""
    if request.method in SAFE_METHODS:
        db.session.rollback()
    return response
