"""`trainapp inbound`: takes in answers of calendars, mails that come back, and what is for people."""

import os
import sys
from collections.abc import Sequence

import click
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from trainapp.core.logs import log
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail import lmtp
from trainapp.mail.forwarding import TooManyMails
from trainapp.mail.inbound import LARGEST
from trainapp.registrations.inbound import take_mail
from trainapp.settings import PREFIX

NO_MAILBOX = (
    f"mails are not taken in: {PREFIX}CONTACT_ADDRESS, for what people are to read, must be another mailbox than "
    f"{PREFIX}INBOUND_ADDRESS"
)


@click.command("inbound")
@click.option("--recipient", multiple=True, help="The address the mail came to; without it, what its headers say.")
@click.option("--lmtp", "place", metavar="HOST:PORT|unix:PATH", help="Serve LMTP there instead, until told to stop.")
def command(recipient: tuple[str, ...], place: str | None) -> None:
    """Take in one mail from standard input, or any number over LMTP.

    Its exit status is one mail servers know (sysexits.h): 0 taken, 65 too large or empty, 75 to be brought again.
    """
    if not current_app.config["SETTINGS"].takes_answers:
        click.echo(NO_MAILBOX, err=True)
        sys.exit(os.EX_TEMPFAIL)
    if place is not None:
        _serve(place)
    else:
        sys.exit(_take_one(sys.stdin.buffer.read(LARGEST + 1), recipient))


def _take_one(content: bytes, recipients: Sequence[str]) -> int:
    if not content.strip() or len(content) > LARGEST:
        click.echo(f"no mail, or one of more than {LARGEST} octets", err=True)
        return os.EX_DATAERR
    return os.EX_OK if _take(content, recipients) else os.EX_TEMPFAIL


def _take(content: bytes, recipients: Sequence[str]) -> bool:
    """Whether the mail is safely in; else it should come again. Nothing of it is kept then."""
    try:
        with unit_of_work():
            take_mail(content, recipients)
    except TooManyMails:
        log.warning("too many mails come in, of one sender or of all together")
        return False
    except DBAPIError:
        log.exception("the database is out of reach")
        return False
    return True


def _serve(text: str) -> None:
    try:
        place = lmtp.place_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--lmtp") from error
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def take(content: bytes, recipient: str) -> bool:
        with app.app_context():
            return _take(content, [recipient])

    try:
        lmtp.serve(place, take, lambda: click.echo(f"taking mails in at {text}"))
    except OSError as error:
        raise click.ClickException(f"cannot listen at {text}: {error}") from error
