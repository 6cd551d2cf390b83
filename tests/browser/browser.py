"""A Chromium with a new profile, and pages whose faults are noticed whoever looks at them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.support.browser_install import find_or_install

ARGUMENTS = (
    "--no-sandbox",  # tests may run as root in a container
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT_MILLISECONDS = 15_000
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 740}


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Raises `SystemExit` with one clear line where there is no Chromium."""
    path = find_or_install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What went wrong in a context beside the pages themselves: messages of the console, files that did not come,
    and requests to anybody else. An error page is no fault: it is asked for."""

    base_url: str
    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(f"error in a script: {error.error}"))
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and f"{parts.scheme}://{parts.netloc}" != self.base_url:
            self.faults.append(f"a request to somebody else: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status} for {response.url}")


def new_context(browser: Browser, base_url: str, **options: Any) -> tuple[BrowserContext, Watch]:
    """A context that knows nothing yet; `options` are Playwright's."""
    context = browser.new_context(**{"base_url": base_url, "viewport": WIDE, **options})
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    watch = Watch(base_url)
    watch.over(context)
    return context, watch


def go(page: Page, path: str) -> Response:
    """Load a page and wait until it rests: the first page of a visit is loaded again once its zone is known."""
    response = page.goto(path)
    assert response is not None
    if page.locator("html.js").count():
        page.wait_for_function("document.documentElement.dataset.zoneSource !== 'default'")
    return response


def press(page: Page, selector: str) -> Response:
    """Press a button or follow a link, and wait for the page it leads to."""
    with page.expect_navigation() as led:
        page.locator(selector).click()
    return led.value
