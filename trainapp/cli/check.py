"""`trainapp check`: is everything there that this installation needs?"""

import smtplib
import sys
from pathlib import Path

import click
from flask import current_app

from trainapp.core.health import run_checks
from trainapp.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from trainapp.mail.return_path import return_path
from trainapp.mail.transports import SmtpTransport
from trainapp.settings import PROJECT_ROOT


@click.command("check")
def command() -> None:
    """Check settings, database, migrations, outbox, mail server and translations."""
    ready, found = run_checks()
    findings = [(name, finding, ready) for name, finding in found.items()]
    findings += [_mail(), _inbound(), _translations()]
    for name, finding, _fine in findings:
        click.echo(f"{name:<13} {finding}")
    if not all(fine for _name, _finding, fine in findings):
        sys.exit(1)


def _mail() -> tuple[str, str, bool]:
    settings = current_app.config["SETTINGS"]
    if settings.uses_mailbox:
        return "mail", f"mailbox folder {settings.mailbox_folder}", True
    transport = SmtpTransport(settings.mail_url)
    try:
        if not transport.takes_sender(return_path(0)):
            return "mail", f"the server does not take mails that come back to {return_path(0)}", False
    except (smtplib.SMTPException, OSError) as error:
        return "mail", f"the server does not answer: {error}", False
    finally:
        transport.close()
    return "mail", "the server answers", True


def _inbound() -> tuple[str, str, bool]:
    """Not an error: without it answers of calendars are not seen, and all else works."""
    settings = current_app.config["SETTINGS"]
    if not settings.takes_answers:
        return "inbound", f"answers are not read: {settings.inbound_address} is the mailbox of people", True
    return "inbound", f"{settings.inbound_address}, what is for people goes to {settings.contact_address}", True


def _translations() -> tuple[str, str, bool]:
    missing = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE and not _compiled(code).exists()]
    if missing:
        return "translations", f"not compiled: {', '.join(missing)}; run `make translations`", False
    return "translations", f"{len(LANGUAGES)} languages", True


def _compiled(language: str) -> Path:
    return PROJECT_ROOT / "translations" / language / "LC_MESSAGES" / "messages.mo"
