"""How large a request may be on the routes that take files."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request, session

from trainapp.core.access import OPEN_TO_ALL, declared_permission
from trainapp.files.service import LARGEST_FILE

LARGEST_REQUEST_WITH_FILES = 64 * 1024 * 1024
"""In bytes: more than five of the largest files, so that one that is too large is named beside its field, with all
that was typed; only beyond this the whole request is refused."""
LARGEST_OPEN_REQUEST = LARGEST_FILE + 2 * 1024 * 1024
"""In bytes: one of the largest files and its form. It holds where anybody may send, as with the link of a mail: the
form is read before it is known whether there is such a link."""
SIGNED_IN = "_user_id"
"""Where Flask-Login keeps who is signed in."""

View = TypeVar("View", bound=Callable[..., Any])


def takes_uploads(view: View) -> View:
    """Declare that a route takes files. Other routes keep the limit of the application."""
    view.takes_uploads = True  # type: ignore[attr-defined]
    return view


def init_limits(app: Flask) -> None:
    """Call it before the check of tokens against forgery is set up, which is the first to read a form."""
    app.before_request(_raise_limit)


def _raise_limit() -> None:
    """Where one must sign in, only for who has; on routes open to all, to less.

    Without a look at the database, whose writer must not wait for a thin line.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or not getattr(view, "takes_uploads", False):
        return
    if declared_permission(view) in OPEN_TO_ALL:
        request.max_content_length = LARGEST_OPEN_REQUEST
    elif SIGNED_IN in session:
        request.max_content_length = LARGEST_REQUEST_WITH_FILES
