"""English that stands in a template outside of `_()`: it would never be translated."""

import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ALLOWED = frozenset({"trainapp"})
READ_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label", "content")
TECHNICAL_CONTENT = re.compile(r"^(width=|[a-z-]+$|light dark|telephone=no|text/html|#)")
WORD = re.compile(r"[^\W\d_]{2,}")
ATTRIBUTE = re.compile(r"[\w-]+=\"")
HOLE = "\ufffc"
"""Stands where an expression was."""


def unmarked_texts(template: str, is_html: bool = True) -> list[str]:
    """What a reader would read of a template although no expression gives it."""
    plain = _without_expressions(template)
    texts = _texts_of_html(plain) if is_html else iter(plain.splitlines())
    return [text.strip() for text in texts if _has_words(text) and not ATTRIBUTE.match(text.strip())]


def _without_expressions(template: str) -> str:
    """The literal parts of a template; what is inside expressions, blocks and comments becomes a hole."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    parts: list[str] = []
    for _line, kind, value in environment.lex(template):
        if kind == "data":
            parts.append(value)
        elif kind in ("variable_begin", "block_begin"):
            parts.append(HOLE if kind == "variable_begin" else "")
    return "".join(parts)


def texts_in_expressions(template: str) -> list[str]:
    """Strings with words that an expression puts out without `_()`: `{{ "Yes" if x else "No" }}`."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    found = []
    for output in environment.parse(template).find_all(nodes.Output):
        for expression in output.nodes:
            found += [text for text in _strings_put_out(expression) if _is_prose(text)]
    return found


def _is_prose(text: str) -> bool:
    """Words for a reader, not a class, a code or an attribute."""
    line = text.strip()
    return _has_words(line) and (" " in line or line[:1].isupper()) and not ATTRIBUTE.match(line)


def _strings_put_out(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        for part in (node.expr1, node.expr2):
            if part is not None:
                yield from _strings_put_out(part)
    elif isinstance(node, nodes.Concat | nodes.Or | nodes.Add):
        for part in node.iter_child_nodes():
            yield from _strings_put_out(part)


def _texts_of_html(plain: str) -> Iterator[str]:
    tree = html5lib.parseFragment(plain, namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue  # a comment
        for name in READ_ATTRIBUTES:
            value = element.get(name) or ""
            if not (name == "content" and TECHNICAL_CONTENT.match(value)):
                yield value
        yield element.text or "" if element.tag not in ("style", "script") else ""
        yield element.tail or ""


def _has_words(text: str) -> bool:
    return any(word not in ALLOWED for word in WORD.findall(text.replace(HOLE, " ")))
