"""A request keeps itself as a draft while somebody writes it, and nothing typed is lost or sent twice."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from tests.browser.browser import new_context, press
from tests.browser.conftest import NewPage
from tests.browser.site import Site
from tests.browser.walker import Walker
from tests.support import samples
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.requests.models import RequestState, TrainingRequest

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)
"""What a browser does with a draft is the same on any database; the rules of drafts are tested on both."""
OFFICE, COORDINATOR = "office@example.org", "coordinator@example.org"
A_WHILE = 6_000
"""In milliseconds: a little longer than the form waits before it keeps itself."""
STATUS, VERSION = "[data-keep-status]", "[name=version]"


@pytest.fixture
def office(site: Site, new_page: NewPage) -> Walker:
    site.world.person("Office Example", role=Role.FOCAL_POINT, office="KE", email=OFFICE, zone="Africa/Nairobi")
    walker = Walker(site, new_page(site.base_url, timezone_id="Africa/Nairobi"), "en")
    walker.sign_in(OFFICE)
    walker.page.clock.install()
    walker.go("/requests/new")
    return walker


def requests_of(app: Flask) -> list[TrainingRequest]:
    with app.app_context():
        return list(db.session.scalars(select(TrainingRequest).order_by(TrainingRequest.id)))


def pause(page: Page) -> None:
    page.clock.fast_forward(A_WHILE)


def fill_in(walker: Walker) -> None:
    period = today().replace(year=today().year + 1)
    walker.fill({"course": "NICE-EXAMINERS", "audience": "Examiners", "people": "12"})
    walker.fill({"period_from": period.isoformat(), "period_to": period.isoformat()})


def test_what_is_typed_is_kept_and_there_after_a_reload(app: Flask, office: Walker) -> None:
    office.fill({"audience": "Examiners of", "needs": "Half a senten"})
    pause(office.page)
    expect(office.page.locator(STATUS)).to_contain_text("Kept as a draft")
    (draft,) = requests_of(app)
    assert office.path == f"/en/requests/{draft.public_id}/edit"
    office.fill({"needs": "Half a sentence more"})
    pause(office.page)
    expect(office.page.locator(VERSION)).to_have_value("2")
    office.page.reload()
    assert office.value("needs") == "Half a sentence more"
    assert office.value("audience") == "Examiners of"
    assert len(requests_of(app)) == 1


def test_a_draft_that_kept_itself_is_sent_once(app: Flask, office: Walker) -> None:
    fill_in(office)
    pause(office.page)
    expect(office.page.locator(STATUS)).to_contain_text("Kept as a draft")
    office.fill({"people": "13"})
    office.press("main button[name=send]")
    (request,) = requests_of(app)
    assert (request.state, request.people) == (RequestState.SUBMITTED, 13)


def test_a_form_sent_while_it_keeps_itself_waits_for_it(app: Flask, office: Walker) -> None:
    held: list[Route] = []
    office.page.route("**/requests/drafts", lambda route: held.append(route))
    fill_in(office)
    pause(office.page)
    office.page.wait_for_timeout(200)
    office.page.locator("main button[name=send]").click()
    assert office.path == "/en/requests/new"
    held[0].continue_()
    office.see("aside.facts")
    (request,) = requests_of(app)
    assert request.state is RequestState.SUBMITTED
    assert len(held) == 1


def test_what_is_not_kept_is_said_and_tried_again(app: Flask, office: Walker) -> None:
    office.page.route("**/requests/drafts", lambda route: route.abort())
    office.fill({"needs": "On a thin line"})
    pause(office.page)
    expect(office.page.locator(STATUS)).to_contain_text("What you typed is still here")
    assert requests_of(app) == []
    office.page.unroute("**/requests/drafts")
    pause(office.page)
    pause(office.page)
    expect(office.page.locator(STATUS)).to_contain_text("Kept as a draft")
    assert [request.needs for request in requests_of(app)] == ["On a thin line"]


def test_a_change_in_another_window_is_said_and_both_texts_stay(app: Flask, office: Walker, chromium: Browser) -> None:
    office.fill({"needs": "First"})
    pause(office.page)
    expect(office.page.locator(STATUS)).to_contain_text("Kept as a draft")
    context, watch = new_context(chromium, office.site.base_url, storage_state=office.page.context.storage_state())
    other = context.new_page()
    other.clock.install()
    other.goto(office.path)
    office.fill({"needs": "Second"})
    pause(office.page)
    expect(office.page.locator(VERSION)).to_have_value("2")
    other.locator("[name=needs]").fill("Elsewhere")
    pause(other)
    expect(other.locator(STATUS)).to_contain_text("in another window")
    assert [request.needs for request in requests_of(app)] == ["Second"]
    press(other, "main button[name=keep]")
    assert other.locator("[name=needs]").input_value() == "Elsewhere"
    press(other, "main button[name=keep]")
    assert [request.needs for request in requests_of(app)] == ["Elsewhere"]
    context.close()
    assert [fault.partition(" ")[0] for fault in watch.faults] == ["409"]


def test_a_coordinator_saves_the_letter_that_came(site: Site, new_page: NewPage, tmp_path: Path) -> None:
    site.world.person("Office Example", role=Role.FOCAL_POINT, office="KE", email=OFFICE)
    site.world.person("Coordinator Example", role=Role.COORDINATOR, email=COORDINATOR)
    letter = tmp_path / "Letter from the office.pdf"
    letter.write_bytes(samples.pdf())
    walker = Walker(site, new_page(site.base_url), "en")
    walker.sign_in(COORDINATOR)
    walker.go("/requests/new")
    fill_in(walker)
    walker.fill({"office": "KE", "channel": "letter", "received_on": today().isoformat()})
    walker.page.locator("main [name=files]").set_input_files(letter)
    walker.press("main button[name=send]")
    assert walker.download("main .facts a[href*='/requests/attachments/']", tmp_path / "saved") == samples.pdf()
    assert (tmp_path / "saved" / letter.name).exists()
    site.next_mail(OFFICE).link("/requests/")
