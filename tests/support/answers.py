"""Mails that come in as other people's programs write them: answers of calendars, and reports on deliveries."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from typing import Any

from sqlalchemy import select

from tests.support.world import World
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.registrations.models import Invitation

LATER = timedelta(seconds=1)


def invitations(world: World) -> list[Invitation]:
    """The ledger as it stands, with each row's meeting and registration."""
    with world.app.app_context():
        rows = list(db.session.scalars(select(Invitation).order_by(Invitation.id)))
        for row in rows:
            _loaded = (row.meeting.uid, row.registration.state, row.registration.person.name)
        db.session.expunge_all()
        return rows


def reply(
    invitation: Invitation,
    answer: str = "ACCEPTED",
    *,
    sequence: int | None = None,
    at: datetime | None = None,
    uid: str | None = None,
    method: str = "REPLY",
    more: str = "",
) -> bytes:
    """The calendar bytes of an answer, as calendars write them."""
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Somebody else//A calendar//EN",
        "VERSION:2.0",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"ATTENDEE;PARTSTAT={answer};CN=Amina:mailto:somebody.else@example.net",
        f"UID:{uid or invitation.meeting.uid}",
        f"DTSTAMP:{stamp(at or now())}",
        f"SEQUENCE:{invitation.sequence if sequence is None else sequence}",
        f"DTSTART:{stamp(invitation.meeting.starts_at or now())}",
        *filter(None, more.splitlines()),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines).encode()


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def answer_mail(calendar: bytes, to: str, *, as_file: bool = False, **headers: str) -> bytes:
    """A mail with an answer beside some text, as a part that programs act on, or as a file."""
    message = EmailMessage(policy=SMTP)
    message["From"] = headers.pop("sender", "Anybody <anybody@example.net>")
    message["To"] = to
    message["Subject"] = headers.pop("subject", "Accepted: Session")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Amina has answered.\n")
    if as_file:
        message.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    else:
        params = {"method": "REPLY", "charset": "UTF-8"}
        message.add_alternative(calendar, maintype="text", subtype="calendar", cte="base64", params=params)
    return message.as_bytes()


def report(
    to: str, *, action: str = "failed", status: str = "5.1.1", said: str = "smtp; 550 5.1.1 No such user", **parts: Any
) -> bytes:
    """A report on a delivery (RFC 3464), with the headers of the mail it is about."""
    mail = MIMEMultipart("report", report_type="delivery-status")
    mail["From"], mail["To"], mail["Auto-Submitted"] = "MAILER-DAEMON@relay.example.org", to, "auto-replied"
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail.attach(MIMEText("I am sorry to have to inform you that your message could not be delivered.\n"))
    mail.attach(_delivery_status(parts.get("kind", "delivery-status"), action, status, said))
    mail.attach(MIMEText("Subject: Your seat\n", "rfc822-headers"))
    return mail.as_bytes(policy=SMTP)


def _delivery_status(kind: str, action: str, status: str, said: str) -> Message:
    part = MIMENonMultipart("message", kind)
    about_mail, about_recipient = Message(), Message()
    about_mail["Reporting-MTA"] = "dns; relay.example.org"
    about_recipient["Final-Recipient"] = "rfc822; somebody@example.org"
    about_recipient["Action"], about_recipient["Status"] = action, status
    about_recipient["Diagnostic-Code"] = said
    if kind == "delivery-status":
        part.set_payload([about_mail, about_recipient])
    else:
        part.set_payload(f"{about_mail.as_string()}{about_recipient.as_string()}")
    return part
