"""The whole loop, once, for real: from an office's request to the figure in the yearly report."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser import loop
from tests.browser.conftest import NewPage
from tests.browser.site import Site
from tests.browser.walker import Walker

BROWSERS = {"en": "en-GB", "ar": "ar-EG"}


@dataclass(frozen=True)
class Way:
    """How a walk is gone: in which language, and whether the browsers run scripts."""

    language: str
    scripts: bool = True

    def browser_options(self) -> dict[str, object]:
        return {
            "locale": BROWSERS[self.language],
            "timezone_id": "Africa/Cairo",
            "java_script_enabled": self.scripts,
            "accept_downloads": True,
        }


@pytest.mark.parametrize(
    ("way", "app"),
    [(Way("en"), "sqlite"), (Way("ar"), "postgresql"), (Way("en", scripts=False), "postgresql")],
    ids=["in English, on SQLite", "in Arabic, on PostgreSQL", "without scripts, on PostgreSQL"],
    indirect=["app"],
)
def test_from_a_request_to_the_figure(way: Way, site: Site, new_page: NewPage, tmp_path: Path) -> None:
    loop.Installation(site, way.language).prepare()

    def arriving() -> Walker:
        """Somebody whose browser asks for the language, at the start page."""
        walker = Walker(site, new_page(site.base_url, **way.browser_options()), way.language, way.scripts)
        walker.go(f"{site.base_url}/")
        assert walker.path == f"/{way.language}/"
        return walker

    visitor = arriving()
    loop.choose_a_session(visitor)
    loop.register(visitor, loop.WEBINAR, loop.VISITOR)
    loop.manage_a_registration(visitor, tmp_path)

    focal_point, coordinator, trainer = arriving(), arriving(), arriving()
    focal_point.sign_in(loop.FOCAL_POINT)
    request = loop.ask_for_a_training(focal_point)
    coordinator.sign_in(loop.COORDINATOR)
    loop.enter_a_letter(coordinator)

    loop.agree(coordinator, focal_point, request)
    code = loop.plan(coordinator)
    loop.hear_of_it(site, code)
    assert set(loop.public_instants(site, way.language, code).values()) == loop.expected_instants()

    for email in loop.LEARNERS:
        loop.come(visitor, code, email)
    year = loop.let_the_weeks_pass(site, code)
    trainer.sign_in(loop.TRAINER)
    loop.mark_attendance(trainer, code)
    site.next_mail(loop.FOCAL_POINT).link(request)
    for email in loop.LEARNERS:
        site.next_mail(email).link("/registrations/")  # thanks, and where the materials will be

    figures = loop.read_the_report(visitor, year)
    assert figures["sessions_by_subject.NICE"] == 1
    assert figures[f"sessions_by_language.{way.language}"] == 1
    assert figures["registrations"] == len(loop.LEARNERS) + (loop.webinar_day().year == year)
    assert figures["attendances"] == 4
    assert figures["person_hours"] == 2 + 0.75 + 2 + 2
