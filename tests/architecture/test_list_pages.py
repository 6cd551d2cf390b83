"""No page runs a number of queries that grows with its rows: every page, with few of everything and with many."""

from typing import Any

import pytest
from flask import Flask

from tests.support.access_matrix import OFFICE, Stage, client_of
from tests.support.many_rows import ManyRows
from tests.support.statements import statements_of
from trainapp.core import kept_pages
from trainapp.core.database import db
from trainapp.scheduling import feed

FEW, MANY = 60, 600
"""Sixty, so that every state and every kind of time taken is among them from the beginning; many are more than the five
hundred that `selectinload` asks for at a time."""
READERS = ("visitor", "focal point, own office", "trainer, own session", "coordinator")
BY_LINK = ("token",)


@pytest.mark.causes_mails
@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # what is asked is the same on any database
def test_every_page_runs_the_same_number_of_queries_with_few_rows_and_many(app: Flask) -> None:
    stage = Stage(app)
    rows = ManyRows(app, stage)
    rows.grow(FEW)
    paths = page_paths(app, rows)
    queries_of_pages(app, stage, paths)  # what is read but once, such as names of offices, is not counted
    few = queries_of_pages(app, stage, paths)
    rows.grow(MANY)
    many = queries_of_pages(app, stage, paths)
    grown = {page: (few[page], many[page]) for page in few if many[page] > few[page]}
    assert not grown, f"queries with few rows and with many, by reader and page: {grown}"


def page_paths(app: Flask, rows: ManyRows) -> list[str]:
    """The address of every page that no secret opens; one's own page is that of the fullest record."""
    values: dict[str, Any] = {"code": rows.full_session, "public_id": rows.full_request}
    paths = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or any(name in rule.arguments for name in BY_LINK):
            continue
        arguments = rows.stage.arguments(rule)
        arguments.update({name: value for name, value in values.items() if _is_of(rule.endpoint, name)})
        if rule.endpoint.startswith("desks.") and "code" in arguments:
            arguments["code"] = OFFICE
        paths.append(app.url_map.bind("localhost").build(rule.endpoint, arguments))
    return paths


def _is_of(endpoint: str, name: str) -> bool:
    """Whether a part of an address names the fullest session or request."""
    rooms = {"code": ("scheduling", "attendance", "registrations"), "public_id": ("requests",)}
    special = {"requests.attachment", "requests.edit_request"}
    asks_for_request = endpoint == "scheduling.propose" and name == "public_id"
    return (endpoint.partition(".")[0] in rooms.get(name, ()) and endpoint not in special) or asks_for_request


def queries_of_pages(app: Flask, stage: Stage, paths: list[str]) -> dict[tuple[str, str], int]:
    """How many statements each page runs for each reader, made anew."""
    counts = {}
    kept_pages.init_kept_pages(app)
    feed.cache = feed.BlockCache(feed.CACHED_BLOCKS)
    for reader in READERS:
        client = client_of(app, stage.readers[reader])
        for path in paths:
            with statements_of(app) as seen:
                response = client.get(path)
                response.close()
            assert response.status_code < 500, path
            counts[reader, path] = len(seen)
    with app.app_context():
        db.session.remove()
    return counts
