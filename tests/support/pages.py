"""What every page must be: valid HTML, one heading, a title, unique ids, language and direction, labelled fields."""

import re
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as ERRORS

from trainapp.core.headers import CONTENT_SECURITY_POLICY
from trainapp.core.languages import LANGUAGES, direction_of

FIELDS = ("input", "select", "textarea")
UNLABELLED_INPUTS = ("hidden", "submit", "button")
INLINE_ATTRIBUTES = ("style",)
PLAIN = r"(?:[\w \n\u00a0\u202f\u2066-\u2069.,:;!?'()/%+*=@#$–—…·،؛؟、。，：（）「」-]|&(?:amp|lt|gt|#34|#39|quot);)"
"""Words that cannot make a page wrong: without control characters, and with every `&` as it should be."""
WORDS = re.compile(rf">(?=\s*[^\s<]){PLAIN}+<")
VALUES = re.compile(rf' (value="|href="/(?!/)){PLAIN}*"')


def check_page(content: str, headers: Any) -> Element:
    """Fail the test where the page is not as every page must be; gives its tree."""
    check_headers(headers)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree: Element = parser.parse(content)
    errors = [f"line {at[0]}: {ERRORS.get(code, code) % data}" for at, code, data in parser.errors]
    assert not errors, errors
    _check_head(tree)
    _check_ids_and_labels(tree)
    _check_nothing_inline(tree)
    return tree


def check_headers(headers: Any) -> None:
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"


def tree_of(content: str) -> Element:
    tree: Element = html5lib.parse(content, namespaceHTMLElements=False)
    return tree


def outline_of(content: str) -> str:
    """A page without what cannot make it wrong: plain words, values of fields, and where links of ours lead."""
    return WORDS.sub(">x<", VALUES.sub(r' \1"', content))


def _check_head(tree: Element) -> None:
    assert tree.get("lang") in LANGUAGES, "lang"
    assert tree.get("dir") == direction_of(str(tree.get("lang"))), "dir"
    titles = tree.findall("head/title")
    assert len(titles) == 1, "one title"
    assert (titles[0].text or "").strip(), "a title with words"
    headings = list(tree.iter("h1"))
    assert len(headings) == 1, "one h1"
    assert "".join(headings[0].itertext()).strip(), "an h1 with words"


def _check_ids_and_labels(tree: Element) -> None:
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"ids twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    labelled = {label.get("for") for label in tree.iter("label")}
    inside = {field for label in tree.iter("label") for field in label.iter() if field.tag in FIELDS}
    for field in tree.iter():
        if field.tag not in FIELDS or field.get("type") in UNLABELLED_INPUTS:
            continue
        has_label = field.get("id") in labelled or field in inside
        assert has_label or field.get("aria-label") or field.get("aria-labelledby"), f"no label: {field.attrib}"
    for element in tree.iter():
        for name in ("aria-describedby", "aria-labelledby", "aria-controls"):
            for target in (element.get(name) or "").split():
                assert target in ids, f"{name} names {target}, which is not there"


def _check_nothing_inline(tree: Element) -> None:
    for element in tree.iter():
        assert element.tag != "style", "a style element"
        assert element.tag != "script" or element.get("src"), "an inline script"
        for name in element.attrib:
            assert name not in INLINE_ATTRIBUTES, f"{name} on {element.tag}"
            assert not name.startswith("on"), f"{name} on {element.tag}"
        for name in ("src", "href", "action"):
            value = element.get(name) or ""
            assert not value.startswith("javascript:"), f"a script in {name}"
            if element.tag in ("script", "link", "img") and not value.startswith("data:"):
                assert not value.startswith("//"), f"a file of somebody else: {value}"
