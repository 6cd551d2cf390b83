"""The glossary: the same terms in every language, and a page that agrees with them."""

from tests.support import glossary
from trainapp.core.languages import LANGUAGES


def test_every_language_has_every_term() -> None:
    terms = glossary.terms()
    assert set(terms) == set(LANGUAGES)
    for language, entries in terms.items():
        assert list(entries) == list(terms["en"]), language
        assert all(entry["term"].strip() for entry in entries.values()), language


def test_the_page_agrees_with_the_terms() -> None:
    assert glossary.PAGE.read_text("utf-8") == glossary.page(), "run `python -m tests.support.glossary`"
