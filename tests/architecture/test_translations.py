"""House rule 6: all ten languages complete, with equal placeholders and tags, and no English left unmarked."""

from collections.abc import Callable
from pathlib import Path

import polib
import pytest

from tests.support import catalogues
from tests.support.catalogues import (
    LANGUAGES,
    MARK,
    Message,
    bad_sources,
    catalogue_of,
    check_catalogue,
    check_entry,
    extracted_messages,
    plural_count,
    plural_rule,
)
from trainapp.core.languages import DEFAULT_LANGUAGE
from trainapp.core.languages import LANGUAGES as OFFERED


@pytest.fixture(scope="module")
def messages() -> set[Message]:
    return extracted_messages()


def test_the_languages_checked_are_those_offered() -> None:
    assert {DEFAULT_LANGUAGE, *LANGUAGES} == set(OFFERED)


def test_texts_are_found_in_code_and_in_templates(messages: set[Message]) -> None:
    assert len(messages) > 300
    assert Message("Your role does not allow this.") in messages, "a text of core/errors.py"
    assert Message("Your registration") in messages or any("registration" in one.text for one in messages)
    assert any(one.plural for one in messages), "a text that counts something"


def test_english_texts_can_be_translated_well(messages: set[Message]) -> None:
    assert bad_sources(messages) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete_and_right(language: str, messages: set[Message]) -> None:
    assert check_catalogue(catalogue_of(language), messages, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    folder = catalogues.TRANSLATIONS / language / "LC_MESSAGES"
    assert catalogues.compiled_equals(catalogue_of(language), folder / "messages.mo"), "run `make translations`"


# The checkers themselves, on planted faults.

SOURCES = {
    Message("Cancel"),
    Message('Dear %(name)s, open <a href="%(url)s">your page</a>.'),
    Message("%(num)d session", "%(num)d sessions"),
    Message("ST.26"),
}


def good_catalogue(language: str) -> polib.POFile:
    words = {"de": "Wort", "ar": "كلمة", "zh": "词", "ja": "ことば", "ru": "слово", "ko": "말"}
    word = words.get(language, "Mot")
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": plural_rule(language),
    }
    catalogue.append(polib.POEntry(msgid="Cancel", msgstr=word))
    catalogue.append(
        polib.POEntry(
            msgid='Dear %(name)s, open <a href="%(url)s">your page</a>.',
            msgstr=f'<a href="%(url)s">{word}</a> %(name)s.',
        )
    )
    plural = dict.fromkeys(range(plural_count(language)), f"%(num)d {word}")
    catalogue.append(polib.POEntry(msgid="%(num)d session", msgid_plural="%(num)d sessions", msgstr_plural=plural))
    catalogue.append(polib.POEntry(msgid="ST.26", msgstr="ST.26", tcomment=MARK))
    return catalogue


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_catalogue_has_no_findings(language: str) -> None:
    assert check_catalogue(good_catalogue(language), SOURCES, language) == []


def drop(catalogue: polib.POFile) -> None:
    catalogue.remove(catalogue.find("Cancel"))


def add_stale(catalogue: polib.POFile) -> None:
    catalogue.append(polib.POEntry(msgid="Gone", msgstr="كلمة"))


def set_text(msgid: str, text: str, comment: str = "") -> Callable[[polib.POFile], None]:
    def fault(catalogue: polib.POFile) -> None:
        entry = catalogue.find(msgid)
        entry.msgstr, entry.tcomment = text, comment or entry.tcomment

    return fault


def set_plural(plural: dict[int, str]) -> Callable[[polib.POFile], None]:
    def fault(catalogue: polib.POFile) -> None:
        catalogue.find("%(num)d session").msgstr_plural = plural

    return fault


def six(text: str, **others: str) -> dict[int, str]:
    return {number: others.get(f"form{number}", text) for number in range(6)}


def set_header(name: str, value: str) -> Callable[[polib.POFile], None]:
    return lambda catalogue: catalogue.metadata.update({name: value})


def flag_fuzzy(catalogue: polib.POFile) -> None:
    catalogue.find("Cancel").flags.append("fuzzy")


def make_obsolete(catalogue: polib.POFile) -> None:
    catalogue.append(polib.POEntry(msgid="Old", msgstr="كلمة", obsolete=True))


def plural_without_plural(catalogue: polib.POFile) -> None:
    catalogue.remove(catalogue.find("%(num)d session"))
    catalogue.append(polib.POEntry(msgid="%(num)d session", msgstr="%(num)d كلمة"))


LINK = 'Dear %(name)s, open <a href="%(url)s">your page</a>.'


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        (drop, "is missing"),
        (add_stale, "is in no source any more"),
        (make_obsolete, "is no longer used"),
        (flag_fuzzy, "is marked fuzzy"),
        (set_text("Cancel", ""), "is not translated"),
        (set_text("Cancel", "  "), "is not translated"),
        (set_text("Cancel", "Cancel"), "equals its English original"),
        (set_text("Cancel", "Annuler"), "has no letter of the language"),
        (set_text("Cancel", "كلمة", MARK), "is marked `# same as English` and is not"),
        (set_text("Cancel", "كلمة "), "ends with other white space"),
        (set_text("Cancel", "\nكلمة"), "begins with other white space"),
        (set_text("Cancel", "كلمة  كلمة"), "two spaces"),
        (set_text("Cancel", "كلمة 100%"), "cannot be filled in"),
        (set_text("Cancel", "كلمة <b>كلمة</b>"), "has the tags"),
        (set_text(LINK, 'كلمة <a href="%(url)s">كلمة</a>'), "names ['url']"),
        (set_text(LINK, 'كلمة %(Name)s <a href="%(url)s">كلمة</a>'), "names ['Name', 'url']"),
        (set_text(LINK, 'كلمة %(name) <a href="%(url)s">كلمة</a>'), "cannot be filled in"),
        (set_text(LINK, 'كلمة %s %(name)s <a href="%(url)s">كلمة</a>'), "cannot be filled in"),
        (set_text(LINK, "كلمة %(name)s %(url)s"), "has the tags []"),
        (set_text(LINK, 'كلمة %(name)s <a href="%(url)s" class="x">كلمة</a>'), "has the tags"),
        (set_text(LINK, 'كلمة %(name)s <a href="%(url)s">كلمة'), "has the tags"),
        (set_plural({0: "%(num)d كلمة", 1: "%(num)d كلمة"}), "has 2 plural forms, not 6"),
        (set_plural(six("%(num)d كلمة", form4="")), "is not translated"),
        (set_plural(six("%(num)d كلمة", form5="%(count)d كلمة")), "names ['count']"),
        (set_plural(six("%(num)d كلمة", form3="%(num)q كلمة")), "cannot be filled in"),
        (plural_without_plural, "is missing"),
        (set_header("Plural-Forms", "nplurals=2; plural=(n != 1);"), "Plural-Forms is"),
        (set_header("Language", "fa"), "Language is"),
        (set_header("Content-Type", "text/plain; charset=latin-1"), "the charset"),
    ],
)
def test_a_planted_fault_is_found(fault: Callable[[polib.POFile], None], finding: str) -> None:
    catalogue = good_catalogue("ar")
    fault(catalogue)
    found = check_catalogue(catalogue, SOURCES, "ar")
    assert any(finding in line for line in found), found


def test_a_mark_stands_for_a_text_that_is_the_same_in_every_language() -> None:
    assert check_entry(polib.POEntry(msgid="WIPO Sequence", msgstr="WIPO Sequence", tcomment=MARK), "de") == []
    assert check_entry(polib.POEntry(msgid="WIPO Sequence", msgstr="WIPO Sequence"), "de") != []


def test_a_text_without_words_needs_no_mark() -> None:
    assert check_entry(polib.POEntry(msgid="%(first)s – %(last)s", msgstr="%(first)s – %(last)s"), "ja") == []


def test_words_may_change_places() -> None:
    entry = polib.POEntry(msgid="%(a)s before <b>%(b)s</b>", msgstr="<b>%(b)s</b> nach %(a)s")
    assert check_entry(entry, "de") == []


@pytest.mark.parametrize("text", ["100% sure", "Hello %s", " leading", "trailing ", "two  spaces", "line\nbreak"])
def test_a_bad_english_text_is_found(text: str) -> None:
    assert len(bad_sources([Message(text)])) >= 1


def test_a_new_text_is_seen_in_code_and_in_templates(tmp_path: Path) -> None:
    (tmp_path / "trainapp").mkdir()
    (tmp_path / "templates" / "room").mkdir(parents=True)
    (tmp_path / "babel.cfg").write_text((catalogues.PROJECT / "babel.cfg").read_text())
    (tmp_path / "trainapp" / "room.py").write_text('a = lazy("One")\nb = ngettext("%(num)d x", "%(num)d xs", n)\n')
    (tmp_path / "templates" / "room" / "page.html").write_text('<p>{{ _("Two") }}</p>')
    (tmp_path / "templates" / "room" / "body.txt").write_text(
        '{{ _("Three") }}{{ ngettext("%(num)d y", "%(num)d ys", n) }}'
    )
    expected = {Message("One"), Message("Two"), Message("Three")}
    expected |= {Message("%(num)d x", "%(num)d xs"), Message("%(num)d y", "%(num)d ys")}
    assert extracted_messages(tmp_path) == expected


def test_a_stale_compiled_catalogue_is_found(tmp_path: Path) -> None:
    catalogue = good_catalogue("ar")
    compiled = tmp_path / "a.mo"
    catalogue.save_as_mofile(str(compiled))
    assert catalogues.compiled_equals(catalogue, compiled)
    catalogue.find("Cancel").msgstr = "جديد"
    assert not catalogues.compiled_equals(catalogue, compiled)
