"""The report's pages: every figure leads to what it rests on, and what is only stated says so."""

from datetime import date
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from tests.reporting.records import Store
from tests.reporting.test_figures import FULL
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.assistance.models import CommitteeMeeting, FundedParticipation, Statement
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.models import Office
from trainapp.reporting.figures import figures_of_year
from trainapp.scheduling.models import SessionKind, SessionState

LANGUAGES = ("ar", "zh", "en", "fr", "de", "ja", "ko", "pt", "ru", "es")


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def page(client: CheckingClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    assert client.tree is not None
    return words(client.tree)


def test_the_report_leads_to_the_latest_year(client: CheckingClient, world: World) -> None:
    world.session("2019-A-EN-01", state=SessionState.DELIVERED, first_day=date(2019, 5, 1))
    world.session("2023-A-EN-01", state=SessionState.DELIVERED, first_day=date(2023, 5, 1))
    world.session("2033-A-EN-01", state=SessionState.PUBLISHED, first_day=date(2033, 5, 1))
    response = client.get("/fr/reports")
    assert response.status_code == 302
    assert response.location == "/fr/reports/2023"


def test_every_figure_of_the_page_is_the_figure_and_leads_on(
    client: CheckingClient, app: Flask, year_2021: int
) -> None:
    with app.app_context():
        values = figures_of_year(year_2021)
    page(client, "/en/reports/2021")
    assert client.tree is not None
    links = {str(link.get("href")) for link in client.tree.iter("a") if "/2021/" in str(link.get("href"))}
    shown = {link.rsplit("/", 1)[1] for link in links}
    assert shown >= {name for name, value in values.items() if value.value}
    for link in links:
        name = link.rsplit("/", 1)[1]
        assert link.split("/")[-2] == ("figures" if values[name].is_itemised else "statements")
        page(client, link)


def test_what_is_stated_is_marked(client: CheckingClient, year_2021: int) -> None:
    page(client, "/en/reports/2021")
    assert client.tree is not None
    marked = {
        words(figure).split(" ", 1)[1] for figure in client.tree.iter("li") if "Stated, not itemized" in words(figure)
    }
    assert marked == {
        "Webinars Stated, not itemized",
        "Languages of webinars Stated, not itemized",
        "IP offices using the IP Office Business Solutions Stated, not itemized",
        "IP offices on WIPO CASE or DAS Stated, not itemized",
        "Full-text OCR: IP offices that received the software Stated, not itemized",
        "Full-text OCR: IP offices trained Stated, not itemized",
        "Full-text OCR: IP offices not yet trained Stated, not itemized",
        "Full-text OCR: IP offices in production Stated, not itemized",
        "Full-text OCR: IP offices in the pilot training Stated, not itemized",
        "Participants funded Stated, not itemized",
    }
    assert "Webinar (stated, not itemized)" in words(client.tree)
    assert "17 webinars of this year are only counted in their source" in words(client.tree)


def test_a_statement_tells_its_source_and_its_rows_beside_it(
    client: CheckingClient, app: Flask, world: World, year_2021: int
) -> None:
    world.session("2021-ST26-EN-01", kind=SessionKind.WEBINAR, state=SessionState.DELIVERED, first_day=date(2021, 5, 1))
    with app.app_context():
        value = figures_of_year(2021)["webinars"]
        assert (value.value, value.itemised) == (17, 1)
    text = page(client, "/en/reports/2021/statements/webinars")
    assert "WO/GA/40/19" in text
    assert "Value in the report 17" in text
    assert "Recorded one by one 1" in text
    rows = page(client, "/en/reports/2021/figures/webinars")
    assert "Session Code Offices Days Session 2021-ST26-EN-01 2021-ST26-EN-01" in rows
    assert "stated and not itemized" in rows


def test_a_difference_shows_both_statements(client: CheckingClient, year_2021: int) -> None:
    text = page(client, "/en/reports/2021/statements/ocr.untrained")
    assert "Stated value 35" in text
    assert "Stated value 34" in text
    assert "Value in the report 1" in text


def test_a_difference_of_which_one_part_is_stated_rests_on_rows(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        db.session.add(Statement(figure="ocr.received", year=2024, value=35, source="a letter"))
        Store(FULL).all()
        value = figures_of_year(2024)["ocr.untrained"]
        assert (value.value, value.is_itemised) == (1, True)


def test_a_funded_meeting_of_another_year_is_flagged(client: CheckingClient, year_2021: int) -> None:
    text = page(client, "/en/reports/2021/statements/funded_participants")
    assert "not held in 2021" in text
    assert "July 2019" in text
    assert "not held in 2021" not in page(client, "/en/reports/2021/statements/webinars")


def test_an_itemised_figure_has_no_statement(client: CheckingClient, year_2021: int) -> None:
    page(client, "/en/reports/2021/statements/office_trainings", 404)


def test_people_are_named_to_coordinators_alone(client: CheckingClient, app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work():
        Store(FULL).all()
    paths = [f"/en/reports/2024/figures/{name}" for name in ("registrations", "attendances", "participants")]
    for role in (None, Role.TRAINER, Role.FOCAL_POINT):
        if role is not None:
            client.sign_in(world.person(f"{role.value} Example", role=role, office="KE"))
        for path in paths:
            text = page(client, path)
            assert "Somebody" not in text
            assert "Person 0" not in text
        assert "R-" not in page(client, "/en/reports/2024/figures/requests_by_state.agreed")
    client.sign_in(world.person("Coordinator Example", role=Role.COORDINATOR))
    assert "Somebody" in page(client, paths[0])
    assert "Somebody" in page(client, paths[1])
    assert "Person 0" in page(client, paths[2])
    assert "R-" in page(client, "/en/reports/2024/figures/requests_by_state.agreed")


def test_funding_rows_say_when_the_meeting_was(client: CheckingClient, app: Flask) -> None:
    with app.app_context(), unit_of_work():
        meeting = CommitteeMeeting(committee="CWS", number=8, held="2020-11", verified=True)
        office = db.session.query(Office).filter_by(code="KE").one()
        db.session.add(FundedParticipation(meeting=meeting, office=office, year=2020, people=2))
    text = page(client, "/en/reports/2020/figures/funded_participants")
    assert "November 2020" in text
    assert "CWS/8" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_in_each_language(client: CheckingClient, year_2021: int, language: str) -> None:
    for path in ("", "/figures/office_trainings", "/statements/webinars", "/figures/sessions_by_language.unknown"):
        page(client, f"/{language}/reports/2021{path}")
        assert client.tree is not None
        assert client.tree.get("lang") == language


def test_texts_of_the_record_carry_their_language(client: CheckingClient, year_2021: int) -> None:
    page(client, "/ar/reports/2021/statements/webinars")
    assert client.tree is not None
    texts = [words(element) for element in client.tree.iter("span") if element.get("lang") == "en"]
    assert any("Committee on WIPO Standards" in text for text in texts)


@pytest.mark.parametrize(
    "path",
    [
        "1989",
        "2101",
        "99999999999999999999",
        "2021/figures/nothing",
        "2021/figures/sessions_by_subject.%00",
        "2021/figures/..%2f..",
        "2021/statements/nothing",
        "1800/figures/webinars",
        "1800/statements/webinars",
    ],
)
def test_what_is_not_there_is_not_found(client: CheckingClient, path: str) -> None:
    page(client, f"/en/reports/{path}", 404)


@pytest.mark.parametrize("number", ["0", "-1", "two", "²", "9" * 30, ""])
def test_an_odd_page_number_shows_a_page(client: CheckingClient, year_2021: int, number: str) -> None:
    assert "2021-IPC-IQ-01" in page(client, f"/en/reports/2021/figures/office_trainings?page={number}")


def test_a_year_without_records_says_so(client: CheckingClient) -> None:
    assert "There is no record of this year." in page(client, "/en/reports/2090")
