"""How to sign in as each role, for a trial installation."""

import click

from trainapp.accounts.labels import role_label
from trainapp.accounts.links import address_of
from trainapp.accounts.queries import people_with_role
from trainapp.core.access import Role


def print_sign_in_help(base_url: str) -> None:
    """Print one address for each role that somebody has; the link to sign in arrives on the mailbox page."""
    known = [(role_label(role), people[0]) for role in Role if (people := people_with_role(role))]
    if not known:
        return
    click.echo(f"Mails are shown at {base_url}/en/mailbox")
    click.echo(f"To sign in, enter one of these addresses at {base_url}/en/sign-in and open the mail:")
    for label, person in known:
        click.echo(f"  {label:<15} {address_of(person)}")
