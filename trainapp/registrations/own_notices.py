"""Mails about a person's own addresses and feed, beside those of their registrations."""

from typing import Any

from trainapp.accounts.links import mail_address_of
from trainapp.accounts.models import Person
from trainapp.core.config import settings
from trainapp.core.languages import speaking
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.registrations.models import Registration

ROOM = "registrations"


def tell_address_link(registration: Registration, address: str, token: str) -> None:
    """To the address that somebody wants their mails to go to: the link that proves it is theirs."""
    with speaking(registration.language):
        url = absolute_url("registrations.new_address", token=token)
    _queue("address_link", Recipient(registration.name, address, registration.language), url=url)


def tell_address_in_use(owner: Person, address: str) -> None:
    """To the address of somebody else, in their language: the page tells nobody that it is known here."""
    with speaking(owner.language):
        url = absolute_url("accounts.sign_in")
    _queue("address_in_use", Recipient(owner.name, address, owner.language), url=url)


def tell_address_left(registration: Registration) -> None:
    """To the address that mails went to so far, while they still do: who lost theirs to somebody else learns of it."""
    address = mail_address_of(registration.person).address
    _queue("address_left", Recipient(registration.name, address, registration.language))


def tell_feed_address(registration: Registration, url: str, alarm_query: str) -> None:
    """To the person's own mailbox; with `alarm_query` at its end the feed brings reminders."""
    address = mail_address_of(registration.person).address
    _queue("feed_address", Recipient(registration.name, address, registration.language), url=url, query=alarm_query)


def _queue(mail: str, recipient: Recipient, **context: Any) -> None:
    facts = {"name": recipient.name, "contact": settings().mail_from, **context}
    rendered = render_mail(ROOM, mail, recipient.language, **facts)
    queue_mail(f"own:{mail}:{public_id()}", recipient, rendered, holds_secret="url" in context)
