"""A real Chromium, real processes and a real mail server for the tests of this folder."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.browser import Watch, new_context, running_chromium
from tests.browser.demo import running_demo
from tests.browser.site import Site, running_site

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per file: Playwright keeps an event loop in this thread, which tests of other files must not meet."""
    try:
        with running_chromium() as browser:
            yield browser
    except SystemExit as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    """A whole installation on a fresh database, once on SQLite and once on PostgreSQL."""
    with running_site(app) as site:
        yield site


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demonstration, one for a whole file."""
    with running_demo(tmp_path_factory.mktemp("demo")) as base_url:
        yield base_url


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[NewPage]:
    """Makes a page with a profile of its own; at the end no page may have met a fault (`browser.Watch`)."""
    opened: list[Any] = []
    watches: list[Watch] = []

    def make(base_url: str, **options: Any) -> Page:
        context, watch = new_context(chromium, base_url, **options)
        opened.append(context)
        watches.append(watch)
        return context.new_page()

    yield make
    for context in opened:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []
