"""The navigation of every page, by what its reader may do; entries are told by `create_app`."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from trainapp.core.access import Permission, visitor_may


@dataclass(frozen=True)
class Entry:
    """One entry: a translated label, the route it leads to, who sees it, and other pages it stands for.

    Who may do what `unless` names does not need the entry.
    """

    label: Any
    endpoint: str
    permission: Permission
    pages: tuple[str, ...] = ()
    unless: Permission | None = None


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool


def init_navigation(app: Flask, entries: tuple[Entry, ...]) -> None:
    app.extensions["trainapp.navigation"] = entries


def navigation() -> list[Link]:
    entries: tuple[Entry, ...] = current_app.extensions["trainapp.navigation"]
    return [
        Link(str(entry.label), url_for(entry.endpoint), request.endpoint in (entry.endpoint, *entry.pages))
        for entry in entries
        if entry.endpoint in current_app.view_functions and _is_for_visitor(entry)
    ]


def _is_for_visitor(entry: Entry) -> bool:
    return visitor_may(entry.permission) and not (entry.unless is not None and visitor_may(entry.unless))
