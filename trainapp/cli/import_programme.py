"""`trainapp import-programme FILE`: the programme of a year, all of it or nothing."""

from pathlib import Path

import click

from trainapp.programme.importing import ImportResult, import_programme
from trainapp.programme.reading import ProgrammeRefused


@click.command("import-programme")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Take in the programme of a year from FILE (YAML); the same file again changes nothing."""
    try:
        result = import_programme(file.read_bytes())
    except ProgrammeRefused as refused:
        for problem in refused.problems:
            click.echo(f"{file}: {problem}", err=True)
        click.echo(f"Refused, and nothing was stored; problems found: {len(refused.problems)}.", err=True)
        raise SystemExit(1) from refused
    _tell(file, result)


def _tell(file: Path, result: ImportResult) -> None:
    for problem in result.warnings:
        click.echo(f"{file}: warning: {problem}", err=True)
    added = ", ".join(f"{count} {table}" for table, count in sorted(result.added.items())) or "nothing"
    click.echo(f"The programme of {result.year}: added {added}; {result.unchanged} records were there already.")
