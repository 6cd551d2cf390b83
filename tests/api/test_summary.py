"""The API: the same document as the command, clean errors, and its description."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from tests.support.client import CheckingClient
from trainapp.api.schemas import SummaryOut
from trainapp.cli import import_programme as import_command
from trainapp.cli import report as report_command
from trainapp.core.languages import language_name
from trainapp.programme.importing import PROGRAMME_2021, import_programme

SUMMARY = "/api/v1/reports/2021/summary"


@pytest.fixture
def programme(app: Flask) -> None:
    with app.app_context():
        import_programme(PROGRAMME_2021.read_bytes())


@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize("language", ["en", "ar", "ja"])
def test_the_command_gives_the_same_document(app: Flask, client: CheckingClient, language: str, tmp_path: Path) -> None:
    document = client.get(f"{SUMMARY}?language={language}").get_json()
    with app.app_context():
        told = CliRunner().invoke(report_command.command, ["2021", "--format", "json", "--language", language])
        kept = CliRunner().invoke(
            report_command.command, ["2021", "--language", language, "--output", str(tmp_path / "report.json")]
        )
    assert (told.exit_code, kept.exit_code) == (0, 0)
    assert json.loads(told.output) == document
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == document


@pytest.mark.usefixtures("programme")
def test_the_document(client: CheckingClient) -> None:
    response = client.get(SUMMARY)
    document = response.get_json()
    assert response.mimetype == "application/json"
    assert set(document) == {"schema", "year", "language", "figures", "activities"}
    assert (document["year"], document["language"]) == (2021, "en")
    assert document["figures"]["webinars"] == {
        "value": 17,
        "unit": "sessions",
        "label": "Webinars",
        "itemised": False,
        "itemised_value": 0,
        "rows": "http://127.0.0.1:5000/en/reports/2021/statements/webinars",
        "sources": ["Report on 2021 to the Committee on WIPO Standards (CWS), under WO/GA/40/19, paragraph 190"],
    }
    assert document["figures"]["sessions"]["not_included"] == ["webinars"]
    assert document["figures"]["office_trainings"]["rows"].endswith("/en/reports/2021/figures/office_trainings")
    assert len(document["activities"]) == 9
    kenya = next(activity for activity in document["activities"] if activity["code"] == "2021-NICE-KE-01")
    assert kenya["dates"] == ["2021-09-20", "2021-09-21", "2021-09-22"]
    assert kenya["subjects"] == [{"code": "NICE", "edition": "11-2021"}, {"code": "VIENNA", "edition": "8"}]
    assert kenya["language"] is None


@pytest.mark.usefixtures("programme")
def test_what_the_page_links_to_is_there(client: CheckingClient) -> None:
    for name, figure in client.get(SUMMARY).get_json()["figures"].items():
        path = figure["rows"].removeprefix("http://127.0.0.1:5000")
        assert client.get(path).status_code == 200, name


def test_labels_follow_the_language(client: CheckingClient) -> None:
    for language in ("ar", "ja", "fr"):
        figures = client.get(f"{SUMMARY}?language={language}").get_json()["figures"]
        assert language_name("ko", language) in figures["sessions_by_language.ko"]["label"]
        assert f"/{language}/reports/" in figures["sessions"]["rows"]


def test_the_language_of_the_reader_does_not_change_the_document(client: CheckingClient) -> None:
    plain = client.get(SUMMARY).data
    assert client.get(SUMMARY, headers={"Accept-Language": "ar"}).data == plain


def test_an_unchanged_document_is_not_sent_again(client: CheckingClient, app: Flask) -> None:
    first = client.get(SUMMARY)
    again = client.get(SUMMARY, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with app.app_context():
        import_programme(PROGRAMME_2021.read_bytes())
    changed = client.get(SUMMARY, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert client.head(SUMMARY).headers["ETag"] == changed.headers["ETag"]
    assert "Set-Cookie" not in changed.headers


@pytest.mark.parametrize("language", ["xx", "", "EN", "%ff", "zh-TW"])
def test_a_wrong_language_is_a_clean_error(client: CheckingClient, language: str) -> None:
    response = client.get(f"{SUMMARY}?language={language}")
    assert (response.status_code, response.mimetype) == (422, "application/json")
    error = response.get_json()
    assert error["status"] == 422
    assert set(error) == {"status", "title", "detail", "errors"}
    assert "ar" in error["errors"]["language"][0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/reports/1989/summary", 404),
        ("/api/v1/reports/99999999999999999999/summary", 404),
        ("/api/v1/reports/two/summary", 404),
        ("/api/v1/nothing", 404),
    ],
)
def test_errors_are_json_under_the_api(client: CheckingClient, path: str, status: int) -> None:
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (status, "application/json")
    assert response.get_json()["status"] == status


def test_another_method_is_refused_as_json(client: CheckingClient) -> None:
    response = client.delete(SUMMARY)
    assert response.mimetype == "application/json"
    assert 400 <= response.status_code < 500


def test_pages_outside_the_api_keep_their_errors(client: CheckingClient) -> None:
    response = client.get("/ar/nothing")
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert client.tree is not None
    assert client.tree.get("lang") == "ar"


def test_the_api_describes_itself(client: CheckingClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    operation = document["paths"]["/api/v1/reports/{year}/summary"]["get"]
    assert {"200", "304", "404", "422"} <= set(operation["responses"])
    (parameter,) = operation["parameters"]
    assert (parameter["name"], len(parameter["schema"]["enum"])) == ("language", 10)
    figure = document["components"]["schemas"]["FigureOut"]
    assert {"value", "unit", "label", "itemised", "rows"} <= set(figure["required"])


@pytest.mark.usefixtures("programme")
def test_the_document_has_the_shape_it_is_described_with(client: CheckingClient) -> None:
    assert SummaryOut().validate(client.get(SUMMARY).get_json()) == {}


def test_the_import_command(app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    text = PROGRAMME_2021.read_text("utf-8")
    line = text[: text.index("office: IQ,")].count("\n") + 1
    broken.write_text(text.replace("office: IQ,", "office: null,", 1), "utf-8")
    with app.app_context():
        refused = CliRunner().invoke(import_command.command, [str(broken)])
        taken = CliRunner().invoke(import_command.command, [str(PROGRAMME_2021)])
        again = CliRunner().invoke(import_command.command, [str(PROGRAMME_2021)])
    assert refused.exit_code == 1
    assert f"line {line}:" in refused.output
    assert "Namibia" in refused.output
    assert "9 session" in taken.output
    assert "added nothing; 37 records were there already" in again.output
