"""Who may do what: one enum of permissions, one of roles, and the declaration every route carries."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.core.config import settings
from trainapp.core.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """What a route asks for. Whose records a person sees is decided in the services, by ownership."""

    PUBLIC = "public"
    BY_LINK = "by_link"
    SIGNED_IN = "signed_in"
    ASK_FOR_TRAINING = "ask_for_training"
    TEACH = "teach"
    COORDINATE = "coordinate"
    READ_MAILBOX = "read_mailbox"


class Role(StrEnum):
    """What a person may be, for a time, for an office or for all."""

    FOCAL_POINT = "focal_point"
    TRAINER = "trainer"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


OPEN_TO_ALL = frozenset({Permission.PUBLIC, Permission.BY_LINK})

PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.FOCAL_POINT: frozenset({Permission.ASK_FOR_TRAINING}),
    Role.TRAINER: frozenset({Permission.TEACH}),
    Role.COORDINATOR: frozenset({Permission.ASK_FOR_TRAINING, Permission.TEACH, Permission.COORDINATE}),
    Role.ADMINISTRATOR: frozenset({Permission.ASK_FOR_TRAINING, Permission.TEACH, Permission.COORDINATE}),
}


def access(permission: Permission) -> Callable[[View], View]:
    """Declare who may use a route. A route without it is refused, and fails a test."""

    def declare(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return declare


def declared_permission(view: Callable[..., Any]) -> Permission | None:
    return getattr(view, "permission", None)


def init_access(app: Flask, permissions_of_visitor: Callable[[], frozenset[Permission]]) -> None:
    """`permissions_of_visitor` gives what the person behind the request may do; empty when not signed in."""
    app.extensions["trainapp.permissions"] = permissions_of_visitor
    access(Permission.PUBLIC)(app.view_functions["static"])
    app.before_request(check_access)


def visitor_may(permission: Permission) -> bool:
    return permission in OPEN_TO_ALL or permission in current_app.extensions["trainapp.permissions"]()


def check_access() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # an unknown address becomes a 404 later
    permission = declared_permission(current_app.view_functions[request.endpoint])
    if permission is None:
        raise Forbidden()
    if permission is Permission.READ_MAILBOX:
        return None if settings().uses_mailbox else abort(404)
    if visitor_may(permission):
        return None
    if current_app.extensions["trainapp.permissions"]():
        raise Forbidden()
    if request.method == "GET":
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return redirect(url_for("accounts.sign_in"))
