"""House rule 1: imports and foreign keys only go down; in a room, pages stand above rules and rules above tables."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from tests.support import layers
from tests.support.layers import Import
from trainapp.core.database import Model

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def run_contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache"], cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )


def test_the_import_contracts_are_kept() -> None:
    result = run_contracts(layers.PROJECT)
    assert result.returncode == 0, result.stdout


@pytest.fixture
def small_copy(tmp_path: Path) -> Path:
    """The layout with empty modules, under the real contracts."""
    (tmp_path / "pyproject.toml").write_text((layers.PROJECT / "pyproject.toml").read_text())
    for path in layers.PACKAGE.rglob("*.py"):
        copy = tmp_path / path.relative_to(layers.PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("")
    for room in layers.layer_order():
        if room != "settings":
            (tmp_path / "trainapp" / room).mkdir(exist_ok=True)
            (tmp_path / "trainapp" / room / "__init__.py").touch()
    for importer, imported in layers.excepted_imports():
        (tmp_path / importer.replace(".", "/")).with_suffix(".py").write_text(f"import {imported}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("mail/outbox.py", "import trainapp.registrations.service", "Imports only go down"),
        ("attendance/service.py", "import trainapp.assistance.service", "Imports only go down"),
        ("core/clock.py", "def f():\n    import trainapp.accounts.models", "Imports only go down"),
        ("newroom/__init__.py", "", "Imports only go down"),
        ("scheduling/queries.py", "import trainapp.scheduling.service", "In a room"),
        ("accounts/service.py", "from flask import request", "know no Flask"),
    ],
)
def test_a_planted_import_breaks_its_contract(small_copy: Path, module: str, line: str, contract: str) -> None:
    assert run_contracts(small_copy).returncode == 0, "the copy is right before anything is planted"
    path = small_copy / "trainapp" / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(line + "\n")
    result = run_contracts(small_copy)
    assert result.returncode != 0
    broken = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    named = any(contract in text for text in broken)
    assert named or "newroom" in result.stdout + result.stderr, result.stdout


def test_foreign_keys_only_go_down(app: Flask) -> None:
    rooms = layers.tables_of_rooms(Model.metadata, layers.tables_by_room())
    assert layers.upward_keys(Model.metadata, rooms, layers.layer_order()) == []


def test_a_planted_upward_key_is_found() -> None:
    metadata = MetaData()
    Table("office", metadata, Column("id", Integer, primary_key=True), Column("person_id", ForeignKey("person.id")))
    Table("person", metadata, Column("id", Integer, primary_key=True), Column("office_id", ForeignKey("office.id")))
    rooms = {"office": "offices", "person": "accounts"}
    faults = layers.upward_keys(metadata, rooms, layers.layer_order())
    assert faults == ["offices: office.person_id → accounts: person.id"]


def test_a_key_between_rooms_on_one_line_is_found() -> None:
    metadata = MetaData()
    Table("mark", metadata, Column("id", Integer, primary_key=True), Column("advice_id", ForeignKey("advice.id")))
    Table("advice", metadata, Column("id", Integer, primary_key=True))
    rooms = {"mark": "attendance", "advice": "assistance"}
    assert len(layers.upward_keys(metadata, rooms, layers.layer_order())) == 1


def test_a_table_of_no_room_is_found() -> None:
    metadata = MetaData()
    Table("stray", metadata, Column("id", Integer, primary_key=True))
    with pytest.raises(ValueError, match="stray"):
        layers.tables_of_rooms(metadata, {})


def test_rooms_are_ordered_inside_whatever_their_files_are_called() -> None:
    assert layers.in_room_faults(layers.imports_of()) == []


def test_rooms_never_speak_through_pages() -> None:
    assert layers.foreign_views(layers.imports_of()) == []


def test_only_pages_know_flask_and_only_forms_the_form_library() -> None:
    assert layers.web_faults(layers.imports_of()) == []


@pytest.mark.parametrize(
    ("importer", "imported", "checker"),
    [
        ("trainapp.scheduling.slot_queries", "trainapp.scheduling.service", layers.in_room_faults),
        ("trainapp.scheduling.proposals", "trainapp.scheduling.calendar_views", layers.in_room_faults),
        ("trainapp.accounts.service", "trainapp.accounts.login", layers.in_room_faults),
        ("trainapp.desks.views", "trainapp.scheduling.views", layers.foreign_views),
        ("trainapp.desks.views", "trainapp.scheduling.calendar_views.meeting_file", layers.foreign_views),
        ("trainapp.mail.message", "flask", layers.web_faults),
        ("trainapp.registrations.waiting_list", "flask.globals", layers.web_faults),
        ("trainapp.registrations.labels", "wtforms", layers.web_faults),
    ],
)
def test_planted_imports_are_found(importer: str, imported: str, checker) -> None:  # type: ignore[no-untyped-def]
    assert len(checker([Import(importer, imported)])) == 1


def test_an_import_inside_a_function_is_seen(tmp_path: Path) -> None:
    room = tmp_path / "trainapp" / "mail"
    room.mkdir(parents=True)
    (room / "message.py").write_text("def late():\n    from flask import request\n    return request\n")
    assert layers.web_faults(layers.imports_of(tmp_path / "trainapp")) == ["trainapp.mail.message → flask"]


def test_no_init_file_of_a_room_holds_code() -> None:
    written = [
        str(path.relative_to(layers.PACKAGE))
        for path in layers.PACKAGE.glob("*/__init__.py")
        if path.read_text().strip()
    ]
    assert written == []
