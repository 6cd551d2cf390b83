"""House rule 6: what a reader reads comes through `_()`, or from data in the reader's language."""

from pathlib import Path

import pytest
import yaml

from tests.support.visible_text import TEMPLATES, texts_in_expressions, unmarked_texts
from trainapp.core.languages import LANGUAGES
from trainapp.settings import PROJECT_ROOT

ALL_TEMPLATES = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))
TEXT_FOLDERS = [PROJECT_ROOT / "trainapp" / part for part in ("catalogue/data/text", "offices/data/organizations")]


@pytest.mark.parametrize("path", ALL_TEMPLATES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_holds_english_that_is_never_translated(path: Path) -> None:
    template = path.read_text()
    assert unmarked_texts(template, path.suffix == ".html") == []
    assert texts_in_expressions(template) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Hello</p>",
        "<p>{{ name }} has registered</p>",
        "<p>{% if x %}Yes{% endif %}</p>",
        '<img src="a.png" alt="A picture">',
        '<button aria-label="Close">×</button>',
        '<input placeholder="Your name">',
        "<td>Привет</td>",
        "{% block title %}Sessions{% endblock %}",
    ],
)
def test_planted_english_is_found(template: str) -> None:
    assert unmarked_texts(template) != []


@pytest.mark.parametrize(
    "template", ['{{ "Not yet" if x else name }}', '{{ name or "no name" }}', '{{ "Dear " ~ name }}']
)
def test_planted_english_in_an_expression_is_found(template: str) -> None:
    assert texts_in_expressions(template) != []


@pytest.mark.parametrize(
    "template",
    [
        '<p>{{ _("Hello") }}</p>',
        "<!-- a note -->{# a note #}<p>{{ name }} – {{ place }}</p>",
        '<a class="button primary" href="{{ url_for(\'desks.home\') }}">{{ _("My desk") }}</a>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<strong>trainapp</strong>",
        '{{ _("Yes, please") if x else _("No, thanks") }}',
    ],
)
def test_what_is_translated_is_let_be(template: str) -> None:
    assert unmarked_texts(template) == []
    assert texts_in_expressions(template) == []


def test_a_plain_text_mail_is_looked_at_too() -> None:
    assert unmarked_texts("Dear {{ name }},\n{{ text }}\n", is_html=False) == ["Dear \ufffc,"]


def keys(value: object, path: str = "") -> set[str]:
    """The paths of all texts in a file of texts."""
    if isinstance(value, dict):
        return {key for name, inner in value.items() for key in keys(inner, f"{path}/{name}")}
    return {path} if isinstance(value, str) and value.strip() else {f"{path} is empty or no text"}


@pytest.mark.parametrize("folder", TEXT_FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_texts_kept_in_files_are_the_same_in_every_language(folder: Path, language: str) -> None:
    english = keys(yaml.safe_load((folder / "en.yaml").read_text()))
    assert len(english) > 5
    assert not any(key.endswith("no text") for key in english)
    assert keys(yaml.safe_load((folder / f"{language}.yaml").read_text())) == english


def test_a_missing_and_an_empty_text_are_found() -> None:
    assert keys({"a": {"b": "x", "c": "y"}}) != keys({"a": {"b": "x"}})
    assert keys({"a": "x"}) != keys({"a": " "})
