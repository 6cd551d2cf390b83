"""The list of offices: found by name in the reader's language, by region and standing, trained or never."""

from datetime import date

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World, office_of, person_of
from trainapp.accounts.models import RoleGrant
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.desks.office_list import OfficeFilter, offices_that_fit
from trainapp.desks.office_page import OfficeLine
from trainapp.desks.office_queries import OfficeFigures
from trainapp.offices.models import Office
from trainapp.offices.standing import Standing
from trainapp.requests.models import RequestState
from trainapp.scheduling.models import SessionState


@pytest.fixture
def coordinator(world: World) -> str:
    return world.person("Coordinator Example", role=Role.COORDINATOR)


def lines(app: Flask, language: str = "en", **wanted: object) -> list[OfficeLine]:
    """Every line of the list, page after page."""
    with app.test_request_context(f"/{language}/"):
        chosen = OfficeFilter(**wanted)  # type: ignore[arg-type]
        first = offices_that_fit(chosen, 1)
        others = [offices_that_fit(chosen, number) for number in range(2, first.pages + 1)]
        found = [line for page in (first, *others) for line in page.lines]
    assert len(found) == first.total
    return found


def codes(app: Flask, language: str = "en", **wanted: object) -> set[str]:
    return {line.code for line in lines(app, language, **wanted)}


def test_every_office_is_listed_once_by_name(app: Flask) -> None:
    with app.app_context():
        everybody = {office.code for office in db.session.query(Office)}
    for language in ("en", "ar", "zh"):
        found = lines(app, language)
        assert [line.name for line in found] == sorted(line.name for line in found)
        assert (len(found), {line.code for line in found}) == (len(everybody), everybody)


@pytest.mark.parametrize(
    ("language", "name", "code"),
    [("en", "kenya", "KE"), ("en", "ke", "KE"), ("ar", "كينيا", "KE"), ("ja", "ケニア", "KE"), ("ja", "Kenya", "KE"),
     ("fr", "côte d", "CI"), ("de", "ÄGYPTEN", "EG"), ("en", "EAPO", "EA")],
)  # fmt: skip
def test_an_office_is_found_by_its_name_in_the_readers_language(
    app: Flask, language: str, name: str, code: str
) -> None:
    assert code in codes(app, language, name=name)
    assert len(codes(app, language, name=name)) < 20


def test_the_list_is_narrowed_by_region_standing_and_trainings(app: Flask, world: World) -> None:
    world.session("D-1", state=SessionState.DELIVERED, offices={"NP": "host", "KH": "beneficiary"})
    world.session("C-1", offices={"KE": "host"})
    developing = codes(app, standing=Standing.DEVELOPING)
    least = codes(app, standing=Standing.LEAST_DEVELOPED)
    assert {"NP", "KH"} <= least < developing
    assert "KE" in developing - least
    assert codes(app, standing=Standing.DEVELOPED).isdisjoint(developing)
    assert codes(app, trained=True) == {"NP", "KH"}
    assert codes(app, trained=False) == codes(app) - {"NP", "KH"}
    assert codes(app, region="Asia", standing=Standing.LEAST_DEVELOPED, trained=True) == {"NP", "KH"}
    assert codes(app, region="Africa", trained=True) == set()


def test_figures_stand_beside_each_office(app: Flask, world: World) -> None:
    focal_point = world.person("Focal Example", role=Role.FOCAL_POINT, office="KE")
    gone = world.person("Gone Example", role=Role.FOCAL_POINT, office="KE")
    with app.app_context(), unit_of_work():
        grant = db.session.query(RoleGrant).filter(RoleGrant.person.has(public_id=gone)).one()
        grant.valid_to = date(2021, 1, 1)
    for state in (RequestState.DRAFT, RequestState.SUBMITTED, RequestState.AGREED, RequestState.DELIVERED):
        world.request("KE", focal_point, state=state)
    for code, day in (("D-1", date(2025, 1, 1)), ("D-2", date(2024, 1, 1))):
        world.session(code, state=SessionState.DELIVERED, offices={"KE": "host"}, first_day=day)
    world.session("C-1", offices={"KE": "host"})
    kenya = next(line for line in lines(app, name="KE") if line.code == "KE")
    assert kenya.figures == OfficeFigures(2, 2, date(2025, 1, 1), 1)
    assert next(line for line in lines(app, name="BR") if line.code == "BR").figures == OfficeFigures()


def test_who_was_erased_is_no_focal_point_of_an_office(app: Flask, world: World) -> None:
    erased = world.person("Erased Example", role=Role.FOCAL_POINT, office="KE")
    with app.app_context(), unit_of_work():
        person_of(erased).erased_at = now()
    kenya = next(line for line in lines(app, name="KE") if line.code == "KE")
    assert kenya.figures.focal_points == 0


def test_only_coordinators_see_the_list(client: CheckingClient, world: World, coordinator: str) -> None:
    assert client.get("/en/offices").location == "/en/sign-in?next=/en/offices"
    client.sign_in(world.person("Focal Example", role=Role.FOCAL_POINT, office="KE"))
    assert client.get("/en/offices").status_code == 403
    client.sign_in(coordinator)
    assert client.get("/en/offices").status_code == 200


def test_what_was_chosen_stands_in_the_address_of_the_next_page(client: CheckingClient, coordinator: str) -> None:
    client.sign_in(coordinator)
    page = client.get("/en/offices?region=Africa&trained=never&standing=hat").get_data(as_text=True)
    assert "/en/offices?region=Africa&amp;trained=never&amp;page=2" in page
    nothing = client.get("/en/offices?name=there+is+no+such+office").get_data(as_text=True)
    assert "No office fits" in nothing
    for query in (
        "name=%27%25_",
        "name=" + "x" * 5000,
        "page=-1",
        "page=" + "9" * 40,
        "region=²&trained=1&name=%F0%9F%92%A9",
    ):
        assert client.get(f"/en/offices?{query}").status_code == 200, query


def test_the_list_runs_a_fixed_number_of_queries(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    client.sign_in(coordinator)

    def count() -> int:
        with statements_of(app) as seen:
            assert client.get("/en/offices").status_code == 200
        return len(seen)

    few = count()
    with app.app_context(), unit_of_work():
        kenya = office_of("KE")
        for number in range(1000):
            copy = {name: getattr(kenya, name) for name in ("names", "is_st3", "kind", "region", "development")}
            week = {name: getattr(kenya, name) for name in ("languages", "weekend", "weekend_source", "zone")}
            db.session.add(Office(code=f"Q{number}", **copy, **week))
    assert count() == few
    assert few <= 10
