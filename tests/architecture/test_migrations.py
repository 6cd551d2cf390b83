"""House rule 5: migrations and models agree; every migration goes up and down with data in it, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Column, Integer, MetaData, String, inspect, types

from tests.conftest import BACKENDS, make_app
from tests.support.rows import count_rows, fill_every_table
from trainapp.core.database import Model, db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.settings import PROJECT_ROOT

SCRIPTS = ScriptDirectory(str(PROJECT_ROOT / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


@pytest.fixture(params=BACKENDS)
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database without any table, within its context."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        server = request.getfixturevalue("postgres")
        name = f"empty_{abs(hash(str(tmp_path)))}"
        server.run(f'CREATE DATABASE "{name}"')
        url = server.url(name)
    app = make_app(url, tmp_path / "data")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def differences(metadata: MetaData) -> list[object]:
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_models_and_migrations_agree(empty_app: Flask) -> None:
    upgrade()
    assert differences(Model.metadata) == []


def test_a_planted_column_and_table_and_a_changed_type_are_found(empty_app: Flask) -> None:
    upgrade()
    planted = MetaData(naming_convention=Model.metadata.naming_convention)
    for table in Model.metadata.sorted_tables:
        table.to_metadata(planted)
    planted.tables["person"].append_column(Column("planted", Integer))
    assert len(differences(planted)) == 1
    planted.tables["person"].c.name.type = types.Integer()
    assert len(differences(planted)) == 2
    planted.remove(planted.tables["audit_event"])
    assert len(differences(planted)) > 2


def test_every_migration_goes_down_and_up_again_with_data_in_every_table(empty_app: Flask) -> None:
    upgrade()
    with unit_of_work():
        rows = fill_every_table(db.session.connection(), Model.metadata)
    assert set(rows.values()) == {1}, "a row in every table"
    for revision in reversed(["base", *REVISIONS[:-1]]):
        downgrade(revision=revision)
    assert tables() == set(), "going down to nothing leaves nothing behind"
    for revision in REVISIONS:
        upgrade(revision=revision)
    assert differences(Model.metadata) == []
    with unit_of_work():
        assert set(fill_every_table(db.session.connection(), Model.metadata).values()) == {1}


def test_the_last_migration_keeps_the_rows_of_the_tables_it_does_not_remove(empty_app: Flask) -> None:
    upgrade()
    with unit_of_work():
        before = fill_every_table(db.session.connection(), Model.metadata)
    last = SCRIPTS.get_revision("head")
    assert last is not None
    downgrade(revision="-1")
    left = tables()
    upgrade()
    with unit_of_work():
        after = count_rows(db.session.connection(), Model.metadata)
    assert {name: after[name] for name in left} == {name: before[name] for name in left}


def test_there_is_one_line_of_migrations() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    assert len(SCRIPTS.get_bases()) == 1


def test_a_column_without_a_value_for_its_type_is_told() -> None:
    from tests.support.rows import _value_of_type

    assert _value_of_type(String(1)) == "ن"
    with pytest.raises(TypeError):
        _value_of_type(types.NullType())
