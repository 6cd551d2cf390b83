"""Looking at translations: what is missing, stale, broken or left in English. Knows no part of the application.

Every checker takes entries and gives its findings as lines; an empty list is a clean catalogue.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib
from babel.core import Locale
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.plurals import get_plural

PROJECT = Path(__file__).resolve().parents[2]
TRANSLATIONS = PROJECT / "translations"
LANGUAGES = ("ar", "zh", "fr", "de", "ja", "ko", "pt", "ru", "es")
KEYWORDS = ("lazy", "lazy_plural:1,2", "_")
MARK = "same as English"
SCRIPTS = {
    "ar": r"[\u0600-\u06ff]",
    "zh": r"[\u4e00-\u9fff]",
    "ja": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
}
"""A letter of the language, for languages whose script is not Latin."""

PLACEHOLDER = re.compile(r"%\((?P<name>[^)]*)\)(?P<format>[#0 +-]*\d*(?:\.\d+)?[a-zA-Z])|%(?P<other>.?)")
LATIN_WORD = re.compile(r"[A-Za-z]{2}")

Check = Callable[[polib.POEntry, str], Iterable[str]]


@dataclass(frozen=True)
class Message:
    """A text of the sources: its English, and its English plural where it counts something."""

    text: str
    plural: str = ""


@dataclass
class Findings:
    """What is wrong in one language."""

    language: str
    lines: list[str] = field(default_factory=list)

    def add(self, text: str, problem: str) -> None:
        self.lines.append(f"{self.language}: {text[:70]!r}: {problem}")


def extracted_messages(project: Path = PROJECT) -> set[Message]:
    """Every text of the sources today, as `make messages` would collect it."""
    with (project / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(
        project,
        methods,
        options,
        keywords=parse_keywords(KEYWORDS) | _default_keywords(),
        directory_filter=lambda folder: Path(folder).name not in (".venv", "node_modules", "data", "tests"),
    )
    return {_message(text) for _file, _line, text, _comments, _context in found}


def _default_keywords() -> dict[str, object]:
    from babel.messages.extract import DEFAULT_KEYWORDS

    return dict(DEFAULT_KEYWORDS)


def _message(text: object) -> Message:
    return Message(str(text[0]), str(text[1])) if isinstance(text, tuple) else Message(str(text))


def catalogue_of(language: str, folder: Path = TRANSLATIONS) -> polib.POFile:
    return polib.pofile((folder / language / "LC_MESSAGES" / "messages.po").read_text())


def check_catalogue(catalogue: polib.POFile, messages: set[Message], language: str) -> list[str]:
    """Everything that is wrong with a language's catalogue."""
    findings = Findings(language)
    _check_header(catalogue, findings)
    _check_completeness(catalogue, messages, findings)
    for entry in catalogue:
        for problem in check_entry(entry, language):
            findings.add(entry.msgid, problem)
    return findings.lines


def check_entry(entry: polib.POEntry, language: str) -> list[str]:
    """What is wrong with one translated text."""
    if entry.obsolete:
        return ["is no longer used; remove it"]
    if entry.fuzzy:
        return ["is marked fuzzy"]
    problems = [problem for check in CHECKS for problem in check(entry, language)]
    return list(dict.fromkeys(problems))


def forms(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Each translated form with the English it stands for."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [
        (entry.msgid if number == 0 and len(entry.msgstr_plural) > 1 else entry.msgid_plural, text)
        for number, text in sorted(entry.msgstr_plural.items())
    ]


def _check_header(catalogue: polib.POFile, findings: Findings) -> None:
    written = catalogue.metadata.get("Plural-Forms", "")
    if _normal_rule(written) != _normal_rule(plural_rule(findings.language)):
        findings.add("", f"Plural-Forms is {written!r}, not {plural_rule(findings.language)!r}")
    if catalogue.metadata.get("Language") != findings.language:
        findings.add("", f"Language is {catalogue.metadata.get('Language')!r}")
    if "charset=utf-8" not in catalogue.metadata.get("Content-Type", "").lower():
        findings.add("", "the charset is not utf-8")


@cache
def plural_rule(language: str) -> str:
    return str(get_plural(Locale.parse(language)).plural_forms)


@cache
def plural_count(language: str) -> int:
    return int(get_plural(Locale.parse(language)).num_plurals)


def _normal_rule(rule: str) -> str:
    return re.sub(r"\s+", "", rule).rstrip(";")


def _check_completeness(catalogue: polib.POFile, messages: set[Message], findings: Findings) -> None:
    present = {Message(entry.msgid, entry.msgid_plural) for entry in catalogue if not entry.obsolete}
    for message in sorted(messages - present, key=lambda message: message.text):
        findings.add(message.text, "is missing")
    for message in sorted(present - messages, key=lambda message: message.text):
        findings.add(message.text, "is in no source any more")


def _number_of_forms(entry: polib.POEntry, language: str) -> Iterable[str]:
    if entry.msgid_plural and sorted(entry.msgstr_plural) != list(range(plural_count(language))):
        yield f"has {len(entry.msgstr_plural)} plural forms, not {plural_count(language)}"


def _nothing_empty(entry: polib.POEntry, _language: str) -> Iterable[str]:
    if any(not text.strip() for _english, text in forms(entry)) or not forms(entry):
        yield "is not translated"


def _placeholders(entry: polib.POEntry, _language: str) -> Iterable[str]:
    """Every form names what the English names; a form for one, two or none may leave the number out."""
    singular, plural = placeholders(entry.msgid), placeholders(entry.msgid_plural or entry.msgid)
    for _english, text in forms(entry):
        found = placeholders(text)
        may_leave_out = {"num"} if entry.msgid_plural and "num" not in singular else set()
        if not plural - may_leave_out <= found <= singular | plural:
            yield f"names {sorted(found)}, not {sorted(plural)}, in {text[:60]!r}"


def placeholders(text: str) -> set[str]:
    return {match["name"] for match in PLACEHOLDER.finditer(text) if match["name"] is not None}


def _percent_signs(entry: polib.POEntry, _language: str) -> Iterable[str]:
    """Each form can be filled in; templates fill in every text, so a bare % breaks the page."""
    for _english, text in forms(entry):
        if _unnamed(text):
            yield f"cannot be filled in, as a % has no name: {text[:60]!r}"
            continue
        try:
            text % _sample(entry)
        except (ValueError, TypeError, KeyError) as error:
            yield f"cannot be filled in ({error}): {text[:60]!r}"


def _unnamed(text: str) -> bool:
    return any(match["name"] is None and match["other"] != "%" for match in PLACEHOLDER.finditer(text))


def _sample(entry: polib.POEntry) -> dict[str, object]:
    english = entry.msgid + entry.msgid_plural
    return {
        match["name"]: 3 if match["format"][-1] in "dioxXeEfFgG" else "value"
        for match in PLACEHOLDER.finditer(english)
        if match["name"] is not None
    }


def _tags(entry: polib.POEntry, _language: str) -> Iterable[str]:
    for english, text in forms(entry):
        if tags(text) != tags(english):
            yield f"has the tags {tags(text)}, not {tags(english)}"


def tags(text: str) -> list[str]:
    """The HTML tags of a text with their attributes, in alphabetical order: words may change places."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.append(f"<{tag} {sorted(attributes)}>")

        def handle_endtag(self, tag: str) -> None:
            found.append(f"</{tag}>")

    Reader().feed(text)
    return sorted(found)


def _white_space(entry: polib.POEntry, _language: str) -> Iterable[str]:
    for english, text in forms(entry):
        if re.match(r"\s*", english)[0] != re.match(r"\s*", text)[0]:  # type: ignore[index]
            yield "begins with other white space than the English"
        if re.search(r"\s*$", english)[0] != re.search(r"\s*$", text)[0]:  # type: ignore[index]
            yield "ends with other white space than the English"
        if "  " in text and "  " not in english:
            yield "has two spaces in a row"


def _left_in_english(entry: polib.POEntry, language: str) -> Iterable[str]:
    if MARK in (entry.tcomment or ""):
        return
    for english, text in forms(entry):
        if text == english and LATIN_WORD.search(_words(english)):
            yield f"equals its English original; translate it or mark it `# {MARK}`"
        elif language in SCRIPTS and LATIN_WORD.search(_words(text)) and not re.search(SCRIPTS[language], text):
            yield f"has no letter of the language; translate it or mark it `# {MARK}`"


def _words(text: str) -> str:
    """What a reader reads: no placeholders, no tags."""
    return re.sub(r"<[^>]*>", " ", PLACEHOLDER.sub(" ", text))


def _needless_mark(entry: polib.POEntry, _language: str) -> Iterable[str]:
    is_same = any(text == english for english, text in forms(entry))
    has_no_letter = _language in SCRIPTS and not any(re.search(SCRIPTS[_language], text) for _en, text in forms(entry))
    if MARK in (entry.tcomment or "") and not is_same and not has_no_letter:
        yield f"is marked `# {MARK}` and is not"


CHECKS: tuple[Check, ...] = (
    _number_of_forms,
    _nothing_empty,
    _placeholders,
    _percent_signs,
    _tags,
    _white_space,
    _left_in_english,
    _needless_mark,
)


def bad_sources(messages: Iterable[Message]) -> list[str]:
    """English texts that no translator can render well: unnamed placeholders, glued ends, doubled spaces."""
    problems = []
    for message in messages:
        for text in filter(None, (message.text, message.plural)):
            if _unnamed(text):
                problems.append(f"{text!r}: a placeholder without a name, or a bare %")
            if text != text.strip() or "  " in text or "\n" in text:
                problems.append(f"{text!r}: white space at an end, doubled, or a line break")
    return sorted(problems)


def compiled_equals(catalogue: polib.POFile, compiled: Path) -> bool:
    """Whether a compiled catalogue says the same as its source."""
    said = {entry.msgid: (entry.msgstr, entry.msgstr_plural) for entry in polib.mofile(str(compiled))}
    return said == {entry.msgid: (entry.msgstr, entry.msgstr_plural) for entry in catalogue}
