"""A backup read back into an empty database is the same database, on the same engine and on the other."""

from pathlib import Path

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, select

from tests.support.world import World
from trainapp.core.backup import BackupRefused, read_backup, write_backup
from trainapp.core.database import Model, db
from trainapp.core.unit_of_work import unit_of_work


def everything() -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key.columns))]
        for table in Model.metadata.sorted_tables
    }


@pytest.mark.usefixtures("context")
def test_a_backup_brings_everything_back(world: World, tmp_path: Path) -> None:
    world.session(meetings=3, trainer=world.person("Trainer Example"))
    before = everything()
    count = write_backup(tmp_path / "backup.gz")
    assert count == sum(len(rows) for rows in before.values())
    db.session.remove()
    downgrade(revision="base")
    upgrade()
    with unit_of_work():
        assert read_backup(tmp_path / "backup.gz") == count
    assert everything() == before
    db.session.rollback()
    world.person("New Example", email="new@example.org")  # new rows get numbers of their own


@pytest.mark.usefixtures("context")
def test_only_an_empty_database_is_filled(tmp_path: Path) -> None:
    write_backup(tmp_path / "backup.gz")
    with pytest.raises(BackupRefused, match="not empty"):
        read_backup(tmp_path / "backup.gz")


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08\x00broken"])
def test_what_is_no_backup_is_refused_whole(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "broken.gz").write_bytes(content)
    db.session.remove()
    downgrade(revision="base")
    upgrade()
    with pytest.raises(BackupRefused):
        read_backup(tmp_path / "broken.gz")
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Model.metadata.tables["office"])) == 0
