"""Every page of the loop, from right to left and from left to right, light and dark: whoever reads it and however."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.browser import NARROW, WIDE
from tests.browser.conftest import NewPage
from tests.browser.tour import STOPS, Guide, Stop
from trainapp.core.languages import LANGUAGES

OTHERS = [language for language in LANGUAGES if language != "ar"]
LOOKS = [
    (stop, language, (number + turn) % 2 == 0)
    for number, stop in enumerate(STOPS)
    for turn, language in enumerate(("ar", OTHERS[number % len(OTHERS)]))
]
"""Each page in Arabic and in one of the others, in turn; one of the two narrow and dark, the other wide and light."""
NARROWEST = {"width": 320, "height": 640}
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => { const box = each.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
  .slice(0, 5).map((each) => each.outerHTML.slice(0, 120))"""

axe = Axe()


@pytest.fixture(scope="module")
def guide(chromium: Browser, demo_url: str) -> Iterator[Guide]:
    guide = Guide(chromium, demo_url)
    yield guide
    guide.close()


@pytest.fixture
def open_stop(guide: Guide, new_page: NewPage) -> Any:
    """Shows a stop in a language to somebody of its role."""

    def show(stop: Stop, language: str, **options: Any) -> Page:
        page = new_page(
            guide.base_url,
            storage_state=guide.state(stop.role),
            timezone_id="Africa/Nairobi",
            locale=language,
            reduced_motion="reduce",  # a colour on its way to another is neither
            **options,
        )
        stop.show(guide, page, language)
        return page

    return show


@pytest.mark.parametrize(
    ("stop", "language", "is_dark"), LOOKS, ids=[f"{stop.name}-{language}" for stop, language, _is_dark in LOOKS]
)
def test_anybody_can_read_it(stop: Stop, language: str, is_dark: bool, open_stop: Any) -> None:
    """No finding of axe, and on a narrow screen nothing is wider than it."""
    page = open_stop(stop, language)
    root = page.locator("html")
    assert root.get_attribute("lang") == language
    assert root.get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    if not is_dark:
        assert findings(page) == []
    page.set_viewport_size(NARROW)
    assert width_of(page) <= NARROW["width"], page.evaluate(TOO_WIDE)
    if is_dark:
        page.emulate_media(color_scheme="dark")
        assert findings(page) == []


@pytest.mark.parametrize("language", ["ar", "de", "ja"])
def test_the_programme_needs_no_more_than_320_pixels(language: str, open_stop: Any) -> None:
    """WCAG 2.2, 1.4.10: reflow at 320 CSS pixels."""
    page = open_stop(STOPS[0], language, viewport=NARROWEST)
    assert width_of(page) <= NARROWEST["width"], page.evaluate(TOO_WIDE)


def test_axe_finds_a_fault_where_there_is_one(open_stop: Any) -> None:
    page = open_stop(STOPS[0], "en", viewport=WIDE)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [finding.split(":")[0] for finding in findings(page)] == ["html-has-lang"]


def findings(page: Page) -> list[str]:
    """What axe finds, each with the places."""
    violations = axe.run(page).response["violations"]
    return [f"{each['id']}: {[node['html'][:160] for node in each['nodes'][:4]]}" for each in violations]


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))
