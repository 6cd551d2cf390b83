"""Facts that a lower room shows and a higher one knows: `create_app` says who looks them up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, current_app

from trainapp.core.languages import Text


@dataclass(frozen=True)
class SessionLine:
    """A session as another room mentions it: its code, title, days in words, and its state as text and tone."""

    code: str
    title: Text
    days: str
    state: tuple[str, str]


SessionsOfRequest = Callable[[int, bool], Sequence[SessionLine]]
"""By the id of a request, and whether its reader may know of drafts."""


def init_lookups(app: Flask, lookups: Mapping[str, SessionsOfRequest]) -> None:
    app.extensions["trainapp.lookups"] = lookups


def sessions_of_request(request_id: int, *, with_drafts: bool) -> Sequence[SessionLine]:
    """The sessions that answer a training request, the first to take place first."""
    lookups: Mapping[str, SessionsOfRequest] = current_app.extensions["trainapp.lookups"]
    return lookups["sessions_of_request"](request_id, with_drafts)
