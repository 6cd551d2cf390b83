"""Reading a programme file: YAML to plain values, each with the line it stands on.

The reader is stricter than YAML is: a key that stands twice, an alias and a tag of the file's own are refused, since
each of them can say something else than a person reads. A comma inside a plain text of a `{…}` row ends the text for
YAML (`{condition: in use, since 2019}`); what follows is put back to the text it belongs to. Dates become text
(`2021-07-05`), as the schema has them.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from trainapp.core.errors import DomainError
from trainapp.core.languages import _

Path = tuple[str | int, ...]

LARGEST_FILE = 1_000_000
DEEPEST = 12
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
)
IMPOSSIBLE_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a file, and on which line (from 1)."""

    line: int
    message: str

    def __str__(self) -> str:
        text = _("line %(line)s: %(message)s", line=self.line, message=self.message)
        return text.encode("utf-8", "backslashreplace").decode()


class ProgrammeRefused(DomainError):
    """A programme file that cannot be taken: every problem found, in the order of the lines. Nothing was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems), "file")


@dataclass
class Source:
    """The values of a file, and the line of each by its path (`("office_trainings", 0, "office")`)."""

    values: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unread: set[Path] = field(default_factory=set)

    def line(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def refuse(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.line(path), message))


def read_source(content: bytes) -> Source:
    """Read a file. Raises `ProgrammeRefused` where it is not YAML at all; other problems wait in the source."""
    text = _decoded(content)
    source = Source()
    try:
        _check_shape(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ProgrammeRefused([Problem(mark.line + 1 if mark else 1, _not_yaml(error.problem))]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = _("this line holds a character that no text file should hold.")
        raise ProgrammeRefused([Problem(line, message)]) from error
    if root is None:
        raise ProgrammeRefused([Problem(1, _("the file is empty."))])
    source.values = _value(root, (), source)
    return source


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise ProgrammeRefused([Problem(1, _("the file is larger than a programme of a year can be."))])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProgrammeRefused([Problem(line, _("this line is not written in UTF-8."))]) from error


def _not_yaml(problem: str | None) -> str:
    return _("this is not YAML (%(problem)s).", problem=problem or "syntax")


def _check_shape(text: str) -> None:
    """Refuse aliases and great depth before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ProgrammeRefused([Problem(line, _("aliases (*name) are not read here; write the value again."))])
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
            raise ProgrammeRefused([Problem(line, _("tags (!name) are not read here; write the plain value."))])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise ProgrammeRefused([Problem(line, _("this is nested deeper than a programme is."))])


def _value(node: yaml.Node, path: Path, source: Source) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if node.tag not in PLAIN_TAGS:
        return _unread(path, str(node.value), source)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), source) for index, item in enumerate(node.value)]
    return _scalar(node, path, source)


def _mapping(node: yaml.MappingNode, path: Path, source: Source) -> dict[str, Any]:
    values: dict[str, Any] = {}
    last = ""
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if node.flow_style and _is_bare(key_node, value_node) and isinstance(values.get(last), str):
            values[last] += f", {key_node.value}"
            continue
        if not isinstance(key_node, yaml.ScalarNode):
            source.problems.append(Problem(line, _("a key is one word, not a list.")))
            continue
        key = key_node.value
        if key in values:
            source.problems.append(Problem(line, _('"%(key)s" stands twice.', key=key)))
            continue
        source.lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), source)
        last = key
    return values


def _is_bare(key_node: yaml.Node, value_node: yaml.Node) -> bool:
    """Words between two commas, without a colon."""
    scalars = isinstance(key_node, yaml.ScalarNode) and isinstance(value_node, yaml.ScalarNode)
    return scalars and value_node.value == "" and not getattr(value_node, "style", None)


def _scalar(node: yaml.Node, path: Path, source: Source) -> Any:
    """One value by YAML 1.1; a date as text, a date that does not exist as a problem."""
    try:
        value = yaml.SafeLoader("").construct_object(node)
    except (ValueError, OverflowError, yaml.YAMLError):
        return _unread(path, str(node.value), source)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return str(node.value) if isinstance(value, datetime) else value


def _unread(path: Path, text: str, source: Source) -> None:
    source.unread.add(path)
    if IMPOSSIBLE_DATE.match(text):
        source.refuse(path, _("%(text)s is not a day of the calendar.", text=text))
    else:
        source.refuse(path, _("%(text)s cannot be read.", text=text[:60]))
