"""`trainapp backup` and `trainapp restore`: the whole database in one file."""

from pathlib import Path

import click
from flask_migrate import upgrade

from trainapp.core.backup import BackupRefused, read_backup, write_backup
from trainapp.core.unit_of_work import unit_of_work


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Write every record to FILE; it holds personal data, so keep it safe."""
    count = write_backup(file)
    file.chmod(0o600)
    click.echo(f"{count} records are in {file}.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(file: Path) -> None:
    """Bring an empty database to today's schema and fill it from FILE."""
    upgrade()
    try:
        with unit_of_work():
            count = read_backup(file)
    except BackupRefused as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{count} records are back.")
