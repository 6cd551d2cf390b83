"""One person in front of a browser: finds things by their place and kind, never by their words, so that the same
walk works in every language."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from icalendar import Calendar
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.browser import go, press
from tests.browser.site import Site

Instants = dict[str, tuple[datetime, datetime]]
"""Start and end of each event, by its UID."""

MOST_TABS = 120


@dataclass
class Walker:
    """`language` is that of the pages; `scripts` says whether the browser runs any."""

    site: Site
    page: Page
    language: str
    scripts: bool = True

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def go(self, path: str) -> Response:
        """Load a page of this person's language; `path` begins after it, or is a whole address."""
        address = path if path.startswith("http") else f"/{self.language}{path}"
        return self._well_arrived(go(self.page, address))

    def press(self, selector: str) -> Response:
        return self._well_arrived(press(self.page, selector))

    def send(self, values: dict[str, Any], button: str = "main form.form button[type=submit]") -> Response:
        """Fill in the form of the page and send it; a list chooses several boxes of one name."""
        self.fill(values)
        return self.press(button)

    def fill(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            for each in value if isinstance(value, list) else [value]:
                self._fill_one(name, each)

    def _fill_one(self, name: str, value: str) -> None:
        field = self.page.locator(f"main form [name='{name}']")
        kind = field.first.get_attribute("type") or ""
        if kind in ("radio", "checkbox"):
            self.page.locator(f"main form [name='{name}'][value='{value}']").check()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def see(self, selector: str) -> Locator:
        """Something that is there and seen."""
        found = self.page.locator(selector)
        expect(found.first).to_be_visible()
        return found

    def value(self, name: str) -> str:
        return self.page.locator(f"main form [name='{name}']").input_value()

    def download(self, selector: str, folder: Path) -> bytes:
        """The file behind a link."""
        with self.page.expect_download() as coming:
            self.page.locator(selector).click()
        target = folder / coming.value.suggested_filename
        coming.value.save_as(target)
        return target.read_bytes()

    def sign_in(self, address: str) -> None:
        """By the mailed link, which asks for one press more."""
        self.go("/sign-in")
        self.send({"email": address})
        assert self.path == f"/{self.language}/sign-in/sent"
        self.go(self.site.next_mail(address).link("/sign-in/"))
        self.press("main form button[type=submit]")
        assert self.path == f"/{self.language}/desk"

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there, as somebody without a pointer does."""
        wanted = self.page.locator(selector).element_handle()
        for _each in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("wanted => wanted === document.activeElement", wanted):
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    def enter(self) -> Response:
        """Press Enter on what has the focus, and wait for the page it leads to."""
        with self.page.expect_navigation() as led:
            self.page.keyboard.press("Enter")
        return self._well_arrived(led.value)

    def _well_arrived(self, response: Response) -> Response:
        """A page that is fine, in the language and the direction of this person."""
        assert response.status == 200, f"{response.status} at {response.url}"
        root = self.page.locator("html")
        assert root.get_attribute("lang") == self.language
        assert root.get_attribute("dir") == ("rtl" if self.language == "ar" else "ltr")
        return response


def instants(calendar: bytes | str) -> Instants:
    """What a calendar object says about when things are."""
    return {
        str(event["UID"]): (event.start.astimezone(UTC), event.end.astimezone(UTC))
        for event in Calendar.from_ical(calendar).walk("VEVENT")
    }


def sequence(calendar: str) -> int:
    [event] = Calendar.from_ical(calendar).walk("VEVENT")
    return int(event["SEQUENCE"])
