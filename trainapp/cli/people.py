"""`trainapp people`: who may sign in, and as what."""

from datetime import datetime

import click

from trainapp.accounts.links import address_of
from trainapp.accounts.queries import people_with_role, person_by_address
from trainapp.accounts.service import add_person, grant_role
from trainapp.core.access import Role
from trainapp.core.errors import DomainError
from trainapp.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code


@click.group("people")
def command() -> None:
    """List people with roles, add people, grant roles."""


@command.command("list")
def list_people() -> None:
    """Everybody who has a role today."""
    for role in Role:
        for person in people_with_role(role):
            click.echo(f"{role.value:<14} {address_of(person):<40} {person.name}")


@command.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--office", "office_code", help="ST.3 code; a focal point needs one.")
@click.option("--language", default=DEFAULT_LANGUAGE, show_default=True, type=click.Choice(list(LANGUAGES)))
@click.option("--zone", default="UTC", show_default=True, help="IANA time zone, such as Africa/Nairobi.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the role, such as 2028-12-31.")
def add(
    email: str, name: str, role: str, office_code: str | None, language: str, zone: str, until: datetime | None
) -> None:
    """Give a person a role; the person is added when the address is new."""
    try:
        with unit_of_work():
            office = _office(office_code)
            person = person_by_address(email) or add_person(name, email, language, zone, office)
            last_day = until.date() if until else None
            grant_role(None, person, Role(role), office if role == Role.FOCAL_POINT else None, last_day)
    except DomainError as error:
        raise click.ClickException(str(error.message)) from None
    click.echo(f"{email} is {role} now.")


def _office(code: str | None) -> Office | None:
    if code is None:
        return None
    office = office_by_code(code)
    if office is None:
        raise click.ClickException(f"There is no office with the code {code}.")
    return office
