"""The house rules about who may know whom, as functions that take what they judge.

The rules stand in `pyproject.toml` (import-linter); what that cannot see is judged here: foreign keys, files whose
name is not in a contract, and imports of Flask.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "trainapp"
WEB_LIBRARIES = frozenset({"flask", "flask_login", "flask_limiter", "flask_smorest", "werkzeug"})
FORM_LIBRARIES = frozenset({"flask_wtf", "wtforms"})
DOORS = frozenset({"api", "cli"})
"""Rooms that stand at a door of the application as a whole, so may know Flask anywhere."""

PAGE_PARTS = (".rows", ".files.downloads", ".files.limits")
"""What a page shows of its records, with their addresses; how a page gives and takes a file: split from views."""

# From the top of a room to its bottom; a name not listed stands beside the rules.
KINDS = ("views", "forms", "service", "queries", "models")


@dataclass(frozen=True)
class Import:
    """One import: the module that imports, and the one it names, both dotted."""

    importer: str
    imported: str


def contracts(pyproject: Path = PROJECT / "pyproject.toml") -> list[dict[str, Any]]:
    """The contracts of import-linter as they are written."""
    written: list[dict[str, Any]] = tomllib.loads(pyproject.read_text())["tool"]["importlinter"]["contracts"]
    return written


def excepted_imports() -> list[tuple[str, str]]:
    """The imports a contract lets pass by name: importer and imported."""
    lines = [line for contract in contracts() for line in contract.get("ignore_imports", [])]
    return [tuple(line.split(" -> ")) for line in lines]


def layer_order() -> dict[str, int]:
    """Each room with its height: 0 is the lowest."""
    layers = next(contract["layers"] for contract in contracts() if contract.get("exhaustive"))
    return {room.strip(): height for height, layer in enumerate(reversed(layers)) for room in layer.split("|")}


def tables_of_rooms(metadata: MetaData, models: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Table name → room. `models` gives each room's table names; every table must have one room."""
    rooms = {table: room for room, tables in models.items() for table in tables}
    homeless = sorted(set(metadata.tables) - set(rooms))
    if homeless:
        raise ValueError(f"tables of no room: {homeless}")
    return rooms


def upward_keys(metadata: MetaData, room_of: Mapping[str, str], order: Mapping[str, int]) -> list[str]:
    """Foreign keys from a lower room to a higher one, or across one line."""
    faults = []
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            here, there = room_of[table.name], room_of[key.column.table.name]
            if here != there and order[there] >= order[here]:
                faults.append(f"{here}: {table.name}.{key.parent.name} → {there}: {key.target_fullname}")
    return sorted(faults)


def tables_by_room(package: Path = PACKAGE) -> dict[str, list[str]]:
    """Each room's tables, read from the sources: `__tablename__ = "…"` and `Table("…", …)`."""
    found: dict[str, list[str]] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = _table_name(node)
            if name:
                found.setdefault(path.relative_to(package).parts[0], []).append(name)
    return found


def _table_name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        return str(node.value.value) if "__tablename__" in names else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table":
        first = node.args[0]
        return str(first.value) if isinstance(first, ast.Constant) else None
    return None


def imports_of(package: Path = PACKAGE) -> list[Import]:
    """Every import of every module, those inside functions too."""
    return [
        Import(_dotted(path, package), imported)
        for path in sorted(package.rglob("*.py"))
        for imported in _imported(ast.parse(path.read_text()))
    ]


def _dotted(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module.startswith("trainapp"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def kind_of(module: str) -> str | None:
    """What part of a room a module is, by its name: `trainapp.scheduling.calendar_views` is views."""
    name = module.rsplit(".", 1)[-1]
    if name in ("routes", "blueprint", "login"):
        return "views"
    if name.endswith("_form"):
        return "forms"
    return next((kind for kind in KINDS if name == kind or name.endswith(f"_{kind}")), None)


def room_of_module(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def in_room_faults(imports: Iterable[Import]) -> list[str]:
    """Imports within one room that go from its bottom to its top, whatever the files are called."""
    faults = []
    for one in imports:
        if room_of_module(one.importer) != room_of_module(one.imported) or not one.imported.startswith("trainapp."):
            continue
        lower, upper = kind_of(one.importer), kind_of(one.imported)
        # What is no page may not know a page; `login` is the way to the person behind a request, for pages alone.
        upward = lower != "views" and upper == "views"
        if lower and upper:
            upward = upward or KINDS.index(upper) < KINDS.index(lower)
        if upward:
            faults.append(f"{one.importer} → {one.imported}")
    return sorted(set(faults))


def foreign_views(imports: Iterable[Import]) -> list[str]:
    """Rooms that speak to another room through its pages. `create_app` and `login` are the exceptions."""
    return sorted(
        {
            f"{one.importer} → {one.imported}"
            for one in imports
            if one.importer != "trainapp"
            and one.imported.startswith("trainapp.")
            and room_of_module(one.importer) != room_of_module(one.imported)
            and kind_of(".".join(one.imported.split(".")[:3])) == "views"
            and one.imported.split(".")[2] != "login"
        }
    )


def web_faults(imports: Iterable[Import], core: str = "core") -> list[str]:
    """Modules that know Flask without being a page, or the form library without being a form."""
    faults = []
    for one in imports:
        room, kind, library = room_of_module(one.importer), kind_of(one.importer), one.imported.split(".")[0]
        shows_a_page = kind == "views" or one.importer.endswith(PAGE_PARTS)
        if room in ("", core) or room in DOORS:
            continue
        if library in WEB_LIBRARIES and not shows_a_page and not (kind == "forms" and library == "werkzeug"):
            faults.append(f"{one.importer} → {library}")
        if library in FORM_LIBRARIES and kind not in ("views", "forms"):
            faults.append(f"{one.importer} → {library}")
    return sorted(set(faults))
