"""Every page of the loop as the demonstration shows it, found by following links as each role."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.browser.browser import go, new_context, press

VISITOR, PARTICIPANT, FOCAL_POINT = "visitor", "participant", "focal point"
TRAINER, COORDINATOR = "trainer", "coordinator"
ADDRESSES = {
    PARTICIPANT: "participant@example.org",
    FOCAL_POINT: "focalpoint.ke@example.org",
    TRAINER: "trainer@example.org",
    COORDINATOR: "coordinator@example.org",
}
GUEST = "guest@example.org"
SUBMIT = "main form.form button[type=submit] >> nth=0"
MAIL_SECONDS = 30


@dataclass
class Guide:
    """Knows the way: signs in by the mailbox page, and finds the address of each page once.

    Paths are what follows the language, so that each page is found once and looked at in every language.
    """

    browser: Browser
    base_url: str
    _pages: dict[str, Page] = field(default_factory=dict)
    _states: dict[str, Any] = field(default_factory=dict)

    def state(self, role: str) -> Any:
        """Cookies of somebody of this role, for a new context; None for a visitor."""
        self.page(role)
        return self._states[role]

    def page(self, role: str) -> Page:
        if role not in self._pages:
            context, _watch = new_context(self.browser, self.base_url, locale="en-GB", timezone_id="Africa/Nairobi")
            page = context.new_page()
            go(page, "/en/")
            if role != VISITOR:
                self._sign_in(page, ADDRESSES[role])
            self._states[role] = None if role == VISITOR else context.storage_state()
            self._pages[role] = page
        return self._pages[role]

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()

    def _sign_in(self, page: Page, address: str) -> None:
        go(page, self.ask_for_sign_in(page, address))
        press(page, "main form button[type=submit]")
        assert page.url.endswith("/desk"), page.url

    def ask_for_sign_in(self, page: Page, address: str) -> str:
        """The mailed link, not used yet. Five may be asked for in a quarter of an hour."""
        before = self.mails(page, address)
        go(page, "/en/sign-in")
        page.fill("main [name=email]", address)
        press(page, SUBMIT)
        return self.new_link(page, address, "/sign-in/", before)

    def mails(self, page: Page, address: str) -> list[str]:
        """Paths of the mails to an address on the mailbox page, newest first."""
        go(page, "/en/mailbox")
        links = page.locator("main tbody tr", has_text=address).locator("th a").all()
        return [str(link.get_attribute("href")) for link in links]

    def new_link(self, page: Page, address: str, part: str, before: list[str]) -> str:
        """A link of the first mail to an address that is not among those of `before`, which stays open."""
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            new = [path for path in self.mails(page, address) if path not in before]
            if new:
                go(page, new[-1])
                found = re.search(rf"https?://\S*{re.escape(part)}\S*", page.locator("main .said").inner_text())
                assert found is not None, f"{new[-1]} has no link to {part}"
                return found[0]
            time.sleep(0.2)
        raise AssertionError(f"no new mail to {address} came")

    def link(self, role: str, path: str, selector: str) -> str:
        """Where the first link that fits leads, on a page of this role."""
        page = self.page(role)
        go(page, f"/en{path}")
        return plain(str(page.locator(selector).first.get_attribute("href")))

    @cached_property
    def webinar(self) -> str:
        return self.link(VISITOR, "/?subject=ST26&spoken=en", ".session a")

    @cached_property
    def full_session(self) -> str:
        return self.link(VISITOR, "/?subject=ST96", ".session a")

    @cached_property
    def training(self) -> str:
        return self.link(VISITOR, "/?subject=NICE", ".session a")

    @cached_property
    def draft(self) -> str:
        return self.link(COORDINATOR, "/planning?state=draft", "main tbody a")

    @cached_property
    def session_to_mark(self) -> str:
        return self.link(TRAINER, "/desk", "main a[href$='/attendance']").removesuffix("/attendance")

    @cached_property
    def office(self) -> str:
        """The page of the focal point's own office."""
        return self.link(FOCAL_POINT, "/desk", "main a[href*='/offices/']")

    @cached_property
    def registration(self) -> str:
        """The page of a guest's registration, confirmed now or on an earlier tour."""
        page = self.page(VISITOR)
        before = self.mails(page, GUEST)
        go(page, f"/en{self.webinar}/register")
        page.fill("main [name=name]", "Guest Example")
        page.fill("main [name=email]", GUEST)
        press(page, SUBMIT)
        go(page, self.new_link(page, GUEST, "/registrations/", before))
        if page.locator("main form[action$='/confirm']").count():
            press(page, "main form[action$='/confirm'] button")
        return plain(page.url)

    @cached_property
    def sign_in_link(self) -> str:
        return plain(self.ask_for_sign_in(self.page(VISITOR), ADDRESSES[PARTICIPANT]))

    @cached_property
    def mail(self) -> str:
        """The guest's newest mail."""
        assert self.registration
        return plain(self.mails(self.page(VISITOR), GUEST)[0])

    @cached_property
    def report(self) -> str:
        """The latest report."""
        page = self.page(VISITOR)
        go(page, "/en/reports")
        return plain(page.url)

    @cached_property
    def request_in_review(self) -> str:
        return self.link(COORDINATOR, "/requests?state=in_review", "main tbody a")

    @cached_property
    def plan(self) -> str:
        """A new plan for a request that is agreed."""
        request = self.link(COORDINATOR, "/requests?state=agreed", "main tbody a")
        return self.link(COORDINATOR, request, "main a[href*='/planning/new']")


def plain(address: str) -> str:
    """What follows the language in an address of ours."""
    parts = urlsplit(address)
    path = re.sub(r"^/[a-z]{2}(?=/|$)", "", parts.path)
    return path + (f"?{parts.query}" if parts.query else "")


def send_as_it_is(page: Page) -> None:
    """Send a form without filling it in, to see its errors."""
    press(page, SUBMIT)


def check_a_plan(page: Page) -> None:
    """Two meetings, of which one on a day off everywhere and one on a Monday, and a look at the check."""
    soon = date.today() + timedelta(days=21)
    new_year = date(soon.year + 1, 1, 1)
    monday = soon + timedelta(days=7 - soon.weekday())
    for number, day in enumerate((monday, new_year), 1):
        page.fill(f"[name=meeting_{number}-on_date]", day.isoformat())
        page.fill(f"[name=meeting_{number}-wall_start]", "10:00")
        page.fill(f"[name=meeting_{number}-wall_end]", "12:00")
    page.fill("[name=join_url]", "https://meet.example.org/room")
    page.locator("[name=trainers]").first.check()
    press(page, "button[name=step][value=check]")


@dataclass(frozen=True)
class Stop:
    """One page: for whom, where, what to do there before looking, and the status of what is then seen."""

    name: str
    role: str
    find: Callable[[Guide], str]
    act: Callable[[Page], None] | None = None
    status: int = 200

    def show(self, guide: Guide, page: Page, language: str) -> None:
        response = go(page, f"/{language}{self.find(guide)}")
        assert response.status == (200 if self.act else self.status), f"{response.status} at {response.url}"
        if self.act:
            self.act(page)


def _at(path: str) -> Callable[[Guide], str]:
    return lambda _guide: path


STOPS = (
    Stop("catalogue", VISITOR, _at("/")),
    Stop("catalogue-empty", VISITOR, _at("/?subject=VIENNA&spoken=ko")),
    Stop("month", VISITOR, _at("/sessions/month")),
    Stop("month-2021", VISITOR, _at("/sessions/month?year=2021&month=9")),
    Stop("month-empty", VISITOR, _at("/sessions/month?year=2015&month=2&spoken=ko")),
    Stop("year", VISITOR, _at("/sessions/year")),
    Stop("session", VISITOR, lambda guide: guide.webinar),
    Stop("session-training", VISITOR, lambda guide: guide.training),
    Stop("register", VISITOR, lambda guide: f"{guide.full_session}/register"),
    Stop("register-errors", VISITOR, lambda guide: f"{guide.webinar}/register", send_as_it_is, 422),
    Stop("registered", VISITOR, lambda guide: f"{guide.webinar}/registered"),
    Stop("registration", VISITOR, lambda guide: guide.registration),
    Stop("link-again", VISITOR, lambda guide: f"{guide.webinar}/link-again"),
    Stop("link-sent", VISITOR, lambda guide: f"{guide.webinar}/link-sent"),
    Stop("sign-in", VISITOR, _at("/sign-in")),
    Stop("sign-in-sent", VISITOR, _at("/sign-in/sent")),
    Stop("sign-in-link", VISITOR, lambda guide: guide.sign_in_link),
    Stop("time-zone", VISITOR, _at("/time-zone")),
    Stop("past", VISITOR, _at("/sessions/past")),
    Stop("past-2021", VISITOR, _at("/sessions/past?year=2021")),
    Stop("report", VISITOR, lambda guide: guide.report),
    Stop("report-2021", VISITOR, _at("/reports/2021")),
    Stop("figure", VISITOR, _at("/reports/2021/figures/office_trainings")),
    Stop("statement", VISITOR, _at("/reports/2021/statements/webinars")),
    Stop("not-found", VISITOR, _at("/sessions/nothing-here"), status=404),
    Stop("mailbox", VISITOR, _at("/mailbox")),
    Stop("mail", VISITOR, lambda guide: guide.mail),
    Stop("desk-participant", PARTICIPANT, _at("/desk")),
    Stop("desk-focal-point", FOCAL_POINT, _at("/desk")),
    Stop("requests-office", FOCAL_POINT, _at("/requests")),
    Stop("request-new", FOCAL_POINT, _at("/requests/new")),
    Stop("request-errors", FOCAL_POINT, _at("/requests/new"), send_as_it_is, 422),
    Stop("office", FOCAL_POINT, lambda guide: guide.office),
    Stop("desk-trainer", TRAINER, _at("/desk")),
    Stop("session-trainer", TRAINER, lambda guide: guide.session_to_mark),
    Stop("attendance", TRAINER, lambda guide: f"{guide.session_to_mark}/attendance"),
    Stop("people", TRAINER, lambda guide: f"{guide.session_to_mark}/people"),
    Stop("desk-coordinator", COORDINATOR, _at("/desk")),
    Stop("requests", COORDINATOR, _at("/requests")),
    Stop("request", COORDINATOR, lambda guide: guide.request_in_review),
    Stop("request-letter", COORDINATOR, _at("/requests/new")),
    Stop("offices", COORDINATOR, _at("/offices")),
    Stop("sessions", COORDINATOR, _at("/planning")),
    Stop("session-draft", COORDINATOR, lambda guide: guide.draft),
    Stop("plan", COORDINATOR, lambda guide: guide.plan),
    Stop("plan-check", COORDINATOR, lambda guide: guide.plan, check_a_plan),
    Stop("plan-edit", COORDINATOR, lambda guide: f"/planning/{guide.draft.rsplit('/', 1)[1]}"),
    Stop("people-behind-figure", COORDINATOR, lambda guide: f"{guide.report}/figures/registrations"),
)
