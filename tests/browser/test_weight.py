"""A first page over a thin line: few requests, few bytes, no cookies, nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import NewPage
from tests.browser.site import Site, running_site
from tests.conftest import load_reference_data, make_app
from tests.support.world import World
from trainapp.core.clock import today
from trainapp.core.languages import LANGUAGES

SESSIONS = 12
MOST_REQUESTS = 3
MOST_BYTES = 40_000


@pytest.fixture(scope="module")
def full_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A programme of twelve sessions; it only serves, so one database is enough."""
    folder = tmp_path_factory.mktemp("weight")
    app: Flask = make_app(f"sqlite:///{folder / 'weight.sqlite3'}", folder / "data")
    with app.app_context():
        load_reference_data()
    world = World(app)
    for number, language in zip(range(1, SESSIONS + 1), [*LANGUAGES, *LANGUAGES], strict=False):
        day = today() + timedelta(days=10 + 5 * number)
        world.session(f"2027-ST26-{number:02d}", language=language, first_day=day, meetings=1 + number % 3)
    with running_site(app) as site:
        yield site


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_is_light(language: str, full_site: Site, new_page: NewPage) -> None:
    page = new_page(full_site.base_url, locale=language)
    loads = record_loads(page)
    page.goto(f"/{language}/", wait_until="networkidle")
    assert page.locator(".session").count() == SESSIONS
    assert 0 < len(loads) <= MOST_REQUESTS, loads
    assert 0 < sum(loads.values()) <= MOST_BYTES, loads


def record_loads(page: Page) -> dict[str, int]:
    """Bytes over the line by address, heads included, filled in as files arrive; data: addresses make no request.

    The page is loaded again where scripts run, once its reader's zone is known; the first load alone is counted.
    """
    loads: dict[str, int] = {}
    addresses: dict[str, str] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def on_request(event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if url.startswith("http") and url not in addresses.values():
            addresses[event["requestId"]] = url

    def on_end(event: dict[str, Any]) -> None:
        url = addresses.get(event["requestId"])
        if url is not None:
            loads[url] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", on_request)
    session.on("Network.loadingFinished", on_end)
    return loads


def test_looking_sets_no_cookie(full_site: Site, new_page: NewPage) -> None:
    page = new_page(full_site.base_url, java_script_enabled=False)
    response = page.goto("/en/")
    assert response is not None
    assert response.status == 200
    assert "set-cookie" not in response.all_headers()
    assert page.context.cookies() == []
