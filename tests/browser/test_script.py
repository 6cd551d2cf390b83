"""What the small script adds for comfort."""

import pytest
from flask import Flask
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import NewPage
from tests.browser.loop import TRAINER, WEBINAR, let_the_weeks_pass
from tests.browser.site import Site
from tests.browser.walker import Walker
from trainapp.core.access import Role

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""What a script does in a page is the same on any database."""
PEOPLE = ("first@example.org", "second@example.org", "third@example.org")


@pytest.fixture
def webinar(site: Site) -> str:
    trainer = site.world.person("Trainer Example", role=Role.TRAINER, email=TRAINER)
    return site.world.session(WEBINAR, meetings=2, trainer=trainer)


def documents(page: Page) -> list[Request]:
    """The pages and forms that will be asked for."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if request.is_navigation_request() else None)
    return seen


def test_the_zone_is_guessed_and_the_page_loaded_again_once(site: Site, webinar: str, new_page: NewPage) -> None:
    page = new_page(site.base_url, timezone_id="Asia/Tokyo")
    loads = documents(page)
    page.goto("/en/")
    expect(page.locator("html[data-zone-source=guess]")).to_be_attached()
    assert "UTC+9" in page.locator(".session .when-own").inner_text()
    page.wait_for_load_state("networkidle")
    assert len(loads) == 2
    page.goto(f"/en/sessions/{webinar}")
    page.wait_for_load_state("networkidle")
    assert len(loads) == 3
    assert [cookie["name"] for cookie in page.context.cookies()] == ["zone_guess"]


def test_a_chosen_zone_stands_above_the_guess(site: Site, new_page: NewPage) -> None:
    walker = Walker(site, new_page(site.base_url, timezone_id="Asia/Tokyo"), "en")
    walker.go("/time-zone")
    walker.send({"zone": "Africa/Nairobi"})
    assert "UTC+3" in walker.see(".zone").inner_text()
    assert walker.page.locator("html").get_attribute("data-zone-source") == "chosen"


def test_a_form_pressed_twice_is_sent_once(site: Site, webinar: str, new_page: NewPage) -> None:
    walker = Walker(site, new_page(site.base_url), "en")
    walker.go(f"/sessions/{webinar}/register")
    walker.fill({"name": "First", "email": PEOPLE[0]})
    sent: list[Request] = []

    def slowly(route: Route) -> None:
        """A server that takes its time, so that a second press comes in between."""
        if route.request.method == "POST":
            sent.append(route.request)
            walker.page.wait_for_timeout(400)
        route.continue_()

    walker.page.route("**/register", slowly)
    with walker.page.expect_navigation():
        walker.page.locator("main form.form button").dblclick()
    assert walker.path.endswith("/registered")
    assert len(sent) == 1
    assert all("METHOD:REQUEST" in mail.calendar for mail in site.mails(PEOPLE[0], 2))


def test_arrow_keys_walk_the_grid(site: Site, app: Flask, webinar: str, new_page: NewPage) -> None:
    visitor = Walker(site, new_page(site.base_url), "en")
    for email in PEOPLE:
        visitor.go(f"/sessions/{webinar}/register")
        visitor.send({"name": email.partition("@")[0], "email": email})
        assert len(site.mails(email, 2)) == 2
    let_the_weeks_pass(site, webinar)
    trainer = Walker(site, new_page(site.base_url), "en")
    trainer.sign_in(TRAINER)
    trainer.go(f"/sessions/{webinar}/attendance")
    trainer.page.locator(at(1)).focus()
    for key, row in (("ArrowDown", 2), ("ArrowDown", 3), ("ArrowDown", 3), ("ArrowUp", 2)):
        trainer.page.keyboard.press(key)
        expect(trainer.page.locator(at(row))).to_be_focused()
    assert [field.input_value() for field in trainer.page.locator("[data-grid] select").all()] == [""] * 6


def at(row: int) -> str:
    return f"[data-grid] tbody tr:nth-child({row}) td:nth-of-type(2) select"


def test_escape_closes_the_menu_of_languages(site: Site, new_page: NewPage) -> None:
    walker = Walker(site, new_page(site.base_url), "en")
    walker.go("/")
    menu = walker.page.locator("details.menu")
    walker.tab_to("details.menu summary")
    walker.page.keyboard.press("Enter")
    expect(menu.locator("a").first).to_be_visible()
    walker.page.keyboard.press("Tab")
    walker.page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_each_language_is_one_press_away(site: Site, new_page: NewPage) -> None:
    walker = Walker(site, new_page(site.base_url), "en")
    walker.go("/time-zone")
    walker.page.locator("details.menu summary").click()
    walker.language = "ar"
    walker.press("details.menu a[hreflang=ar]")
    assert walker.path == "/ar/time-zone"
