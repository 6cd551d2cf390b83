"""The command `trainapp`."""

import os
import sys

import click
from flask import Flask

from trainapp import create_app
from trainapp.cli import backup, check, demo, import_programme, inbound, initialize, people, report, serve, worker
from trainapp.settings import SettingsError


class Group(click.Group):
    """Builds the application once, for the command that runs; wrong settings end it with all they are."""

    def invoke(self, context: click.Context) -> object:
        try:
            app: Flask = create_app()
        except SettingsError as error:
            click.echo(str(error), err=True)
            # A mail that a mail server hands over now must not be lost for it.
            sys.exit(os.EX_TEMPFAIL if sys.argv[1:2] == [inbound.command.name] else 2)
        with app.app_context():
            return super().invoke(context)


@click.group(cls=Group)
def main() -> None:
    """Run trainapp: trainings and webinars for the world's IP offices."""


for module in (initialize, demo, serve, worker, import_programme, report, check, people, inbound):
    main.add_command(module.command)

main.add_command(backup.command)
main.add_command(backup.restore_command)

if __name__ == "__main__":
    main()
