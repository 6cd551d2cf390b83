"""`trainapp demo`: a plausible present, plainly fictional; again without duplicates.

The rows stand in the past and the weeks to come, so they are made as they would be by now, not by services that
would date every step today and mail everybody. The order of a request's steps is still the one of `requests.steps`,
and attendance is marked by its own service.
"""

import click
from sqlalchemy import func, select

from trainapp.accounts.labels import role_label
from trainapp.accounts.links import address_of
from trainapp.accounts.queries import people_with_role
from trainapp.catalogue.loading import load_catalogue
from trainapp.cli.demo_assistance import load_assistance
from trainapp.cli.demo_days import MARKER, read
from trainapp.cli.demo_offices import load_offices_of_demo
from trainapp.cli.demo_people import load_people
from trainapp.cli.demo_requests import load_requests
from trainapp.cli.demo_sessions import load_sessions
from trainapp.cli.demo_trainers import load_trainers
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.languages import _
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.loading import load_offices
from trainapp.scheduling.models import TrainingSession


@click.command("demo")
def command() -> None:
    """Add people of every role, requests in every state and sessions in ten languages, all of them made up."""
    with unit_of_work():
        added = load_demo()
    click.echo(f"Sessions and requests of the demonstration added: {added}.")
    print_people()


def load_demo() -> int:
    """Add the demonstration unless it is there, and give how many sessions and requests; never commits."""
    if is_loaded():
        return 0
    load_offices()
    load_catalogue()
    people = load_people()
    load_offices_of_demo()
    load_trainers(people)
    sessions = load_sessions(people)
    requests = load_requests(people, sessions)
    load_assistance()
    db.session.flush()
    return len(sessions) + requests


def is_loaded() -> bool:
    marked = TrainingSession.import_key.startswith(MARKER)
    return bool(db.session.scalar(select(func.count()).select_from(TrainingSession).where(marked)))


def print_people() -> None:
    """Everybody of the demonstration one can sign in as, with their roles."""
    known = [
        (address_of(person), role_label(role), person.name)
        for role in Role
        for person in sorted(people_with_role(role), key=address_of)
    ]
    participant = read("people")["participants"][0]
    known.append((participant["email"], _("Participant"), participant["name"]))
    click.echo(f"{'Sign in as':<32} {'Role':<14} Name")
    for address, role, name in known:
        click.echo(f"{address:<32} {role:<14} {name}".rstrip())
