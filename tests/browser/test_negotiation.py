"""The whole negotiation in real browsers: Windhoek in English, Tehran in Arabic, Geneva in French."""

import pytest

from tests.browser import negotiation
from tests.browser.conftest import NewPage
from tests.browser.loop import public_instants
from tests.browser.negotiation import COORDINATOR, IRAN, LANGUAGES, NAMIBIA, ZONES, Table
from tests.browser.site import Site
from tests.browser.walker import Walker

LOCALES = {NAMIBIA: "en-NA", IRAN: "ar", COORDINATOR: "fr-CH"}


@pytest.mark.parametrize(
    ("scripts", "app"),
    [(True, "postgresql"), (False, "sqlite")],
    ids=["with scripts, on PostgreSQL", "without scripts, on SQLite"],
    indirect=["app"],
)
def test_two_offices_and_the_secretariat_agree(scripts: bool, site: Site, new_page: NewPage) -> None:
    negotiation.prepare(site)

    def arriving(address: str) -> Walker:
        options = {"locale": LOCALES[address], "timezone_id": ZONES[address], "java_script_enabled": scripts}
        return Walker(site, new_page(site.base_url, **options), LANGUAGES[address], scripts)

    coordinator = arriving(COORDINATOR)
    coordinator.sign_in(COORDINATOR)
    requests = []
    for address in (NAMIBIA, IRAN):
        focal_point = arriving(address)
        focal_point.sign_in(address)
        requests.append(negotiation.ask(focal_point))
        seen = focal_point.page.request.get(f"/en/requests/{requests[0]}").status
        assert seen == (200 if address == NAMIBIA else 404), "an office sees its own request alone"

    table = Table(site, arriving(NAMIBIA), arriving(IRAN), coordinator)
    negotiation.review(table.coordinator, requests)
    negotiation.propose_found_dates(table, requests)
    day = negotiation.counter(table)
    negotiation.offer_it_to_both(table, requests, day)
    negotiation.accept(table.namibia, NAMIBIA)
    negotiation.accept(table.iran, IRAN)
    code = negotiation.plan_one_session(table, requests)
    negotiation.hear_of_it(table, code)
    instants = public_instants(site, "en", code)
    assert list(instants.values()) == [negotiation.agreed_instants(day)]
