"""People whose calendars were told of a session some time ago."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import html5lib
from sqlalchemy import select, update

from tests.support.world import World
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations import notices
from trainapp.registrations.mailings import write_mailings
from trainapp.registrations.models import Invitation, Mailing, Registration, RegistrationState
from trainapp.scheduling.models import Meeting

LONG_AGO = timedelta(days=10)


def invited(
    world: World,
    code: str,
    name: str,
    *,
    language: str = "en",
    zone: str = "Europe/Zurich",
    ago: timedelta = LONG_AGO,
    state: RegistrationState = RegistrationState.CONFIRMED,
) -> str:
    """Register a person and have their first mail delivered so long `ago`; gives their address."""
    person = world.person(name, language=language, zone=zone)
    world.registration_link(code, person, state=state)
    with world.app.app_context(), unit_of_work():
        registration = db.session.scalars(select(Registration).order_by(Registration.id.desc()).limit(1)).one()
        notices.tell_of_registration(registration)
        for invitation in registration.invitations:
            invitation.dtstamp = now() - ago
        address = registration.person.addresses[0].address
    deliver(world)
    return address


def deliver(world: World) -> None:
    """Take everything in the outbox for sent."""
    world.mails()
    with world.app.app_context(), unit_of_work():
        sent = update(OutboxMail).where(OutboxMail.state == MailState.QUEUED).values(state=MailState.SENT)
        db.session.execute(sent)


def queued(world: World) -> list[OutboxMail]:
    """The mails that wait to leave, in their order."""
    return [mail for mail in world.mails() if mail.state is MailState.QUEUED]


def begin_at(world: World, starts_at: datetime, number: int = 1) -> None:
    """Move a meeting as those who run it do: it then stands above all its invitations."""
    with world.app.app_context(), unit_of_work():
        meeting = db.session.scalars(select(Meeting).where(Meeting.number == number)).one()
        meeting.starts_at, meeting.ends_at = starts_at, starts_at + timedelta(hours=1)
        rows = db.session.scalars(select(Invitation).where(Invitation.meeting_id == meeting.id))
        meeting.sequence = max([meeting.sequence, *(row.sequence for row in rows)]) + 1
        meeting.revised_at = meeting.session.revised_at = now()


def write_all_mailings(world: World) -> None:
    """Let the worker write every mailing to its end."""
    while True:
        with world.app.app_context(), unit_of_work():
            write_mailings()
        with world.app.app_context():
            if db.session.scalar(select(Mailing.id).where(Mailing.finished_at.is_(None))) is None:
                return


def letter(mail: OutboxMail) -> str:
    """What a mail says, in one line; its HTML must hold every line of the plain text, and run the reader's way."""
    message = message_from_bytes(mail.content or b"", policy=default)
    assert isinstance(message, EmailMessage)
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    text, tree = plain.get_content(), html5lib.parse(html.get_content(), namespaceHTMLElements=False)
    assert (tree.get("lang"), tree.get("dir")) == (mail.language, "rtl" if mail.language == "ar" else "ltr")
    shown = _one_line(" ".join(tree.itertext()))
    for line in filter(None, (line.strip(" -=") for line in text.splitlines())):
        words, _colon, address = line.partition("https://")
        assert address in shown, f"only in the plain text: {line}"
        assert address or _one_line(words) in shown, f"only in the plain text: {line}"
    return _one_line(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())
