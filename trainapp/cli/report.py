"""`trainapp report YEAR`: a year's report as a document."""

import json
from pathlib import Path

import click

from trainapp.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from trainapp.reporting.figures import FIRST_YEAR, LAST_YEAR
from trainapp.reporting.summary import summary_of_year


@click.command("report")
@click.argument("year", type=click.IntRange(FIRST_YEAR, LAST_YEAR))
@click.option("--format", "form", type=click.Choice(["json"]), default="json", show_default=True)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default=DEFAULT_LANGUAGE, show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Default: the terminal.")
def command(year: int, form: str, language: str, output: Path | None) -> None:
    """Write the report of YEAR: every figure with what it rests on, and the sessions it counts."""
    text = json.dumps(summary_of_year(year, language), ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, "utf-8")
        click.echo(f"Wrote {output}.", err=True)
