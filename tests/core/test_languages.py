"""Which language a reader gets, and texts kept per language."""

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from trainapp.core.languages import LANGUAGES, current_language, direction_of, in_language, language_name, speaking


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ar", "ar"),
        ("ar-EG,ar;q=0.9,en;q=0.5", "ar"),
        ("zh-TW", "zh"),
        ("zh-Hans-CN,zh;q=0.9", "zh"),
        ("pt-PT,pt;q=0.9", "pt"),
        ("ja;q=0.3, ko;q=0.8", "ko"),
        ("fr;q=0", "en"),
        ("sw,fr;q=0.5", "fr"),
        ("sw", "en"),
        ("*", "ar"),
        ("", "en"),
    ],
)
def test_the_start_leads_to_what_the_browser_asks_for(client: CheckingClient, accepted: str, language: str) -> None:
    response = client.get("/", headers={"Accept-Language": accepted})
    assert response.status_code == 302
    expected = {f"/{language}/"} if accepted != "*" else {f"/{code}/" for code in LANGUAGES}
    assert response.location in expected


def test_a_language_chosen_before_goes_before_the_browsers(client: CheckingClient) -> None:
    client.set_cookie("language", "ko")
    assert client.get("/", headers={"Accept-Language": "fr"}).location == "/ko/"


def test_a_language_we_do_not_have_is_no_choice(client: CheckingClient) -> None:
    client.set_cookie("language", "xx")
    assert client.get("/", headers={"Accept-Language": "fr"}).location == "/fr/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_in_the_language_of_its_address_whatever_was_chosen(client: CheckingClient, language: str) -> None:
    client.set_cookie("language", "fr")
    response = client.get(f"/{language}/", headers={"Accept-Language": "es"})
    assert response.status_code == 200
    assert client.tree is not None
    assert client.tree.get("lang") == language
    assert client.tree.get("dir") == ("rtl" if language == "ar" else "ltr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_leads_to_itself_in_every_language(client: CheckingClient, language: str) -> None:
    client.get(f"/{language}/sign-in?next=/x")
    assert client.tree is not None
    alternates = {
        link.get("hreflang"): str(link.get("href"))
        for link in client.tree.iter("link")
        if link.get("rel") == "alternate" and link.get("hreflang")
    }
    assert set(LANGUAGES) <= set(alternates)
    for code in LANGUAGES:
        assert f"/{code}/sign-in" in alternates[code]


def test_an_address_without_a_language_is_answered_in_the_readers(client: CheckingClient) -> None:
    assert client.get("/no-such-page", headers={"Accept-Language": "ja"}).status_code == 404
    assert client.tree is not None
    assert client.tree.get("lang") == "ja"


@pytest.mark.parametrize("path", ["/xx/", "/EN/", "/english/", "/e/"])
def test_a_language_that_is_none_is_no_page(client: CheckingClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_speaking_goes_before_the_request_and_ends_with_its_block(app: Flask) -> None:
    with app.test_request_context("/fr/"):
        app.preprocess_request()
        assert current_language() == "fr"
        with speaking("ar"):
            assert current_language() == "ar"
        assert current_language() == "fr"


def test_a_missing_text_falls_back_and_says_so() -> None:
    texts = {"en": "Course", "fr": "Cours"}
    assert (in_language(texts, "fr").text, in_language(texts, "fr").language) == ("Cours", "fr")
    assert (in_language(texts, "ja").text, in_language(texts, "ja").language) == ("Course", "en")
    assert in_language({"de": "Kurs"}, "ja").language == "de"
    assert in_language({}, "ja").text == ""
    assert in_language({"ja": "", "en": "Course"}, "ja").language == "en"


def test_names_and_directions_of_languages() -> None:
    assert language_name("ar", "en") == "Arabic"
    assert language_name("en", "ja") == "英語"
    assert {code for code in LANGUAGES if direction_of(code) == "rtl"} == {"ar"}
