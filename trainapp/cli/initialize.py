"""`trainapp init`: bring the schema up to date and load the reference data; again without duplicates."""

import click
from flask_migrate import upgrade

from trainapp.catalogue.loading import load_catalogue
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.loading import load_offices


@click.command("init")
def command() -> None:
    """Migrate the database and load offices, subjects, editions and starter courses."""
    initialize()


def initialize() -> None:
    click.echo("Migrating the database …")
    upgrade()
    with unit_of_work():
        offices = load_offices()
        catalogue = load_catalogue()
    click.echo(f"Offices added: {offices}. Subjects, editions and courses added: {catalogue}.")
