"""Links and facts around one's own registration, for tests."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from tests.support.world import World, person_of
from trainapp.accounts.links import issue_link
from trainapp.accounts.models import AddressChange
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.registrations.own_address import LINK_LIFETIME, SCOPE


def address_link(world: World, person: str, address: str = "new@example.org") -> str:
    """The secret of a link by which a person proves another address, not yet used."""
    with world.app.app_context(), unit_of_work():
        someone = person_of(person)
        change = AddressChange(person=someone, address=address)
        db.session.add(change)
        db.session.flush()
        return issue_link(someone, f"{SCOPE}:{change.id}", now() + LINK_LIFETIME, to_known_address=False)


def message_of(mail: OutboxMail) -> EmailMessage:
    message = message_from_bytes(mail.content or b"", policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(mail: OutboxMail) -> str:
    part = message_of(mail).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(mail: OutboxMail) -> str:
    part = message_of(mail).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def calendar_of(mail: OutboxMail) -> str:
    """The calendar part of a mail, unfolded; empty without one."""
    for part in message_of(mail).walk():
        if part.get_content_type() == "text/calendar":
            return str(part.get_content()).replace("\r\n ", "").replace("\n ", "")
    return ""
