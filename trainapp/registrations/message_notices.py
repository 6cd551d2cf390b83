"""A message of those who run a session to its people, in each reader's language."""

from trainapp.accounts.links import address_of, issue_link
from trainapp.core.languages import _, direction_of, speaking
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, Rendered, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.registrations.message_words import Message, message_in, words_for
from trainapp.registrations.models import Mailing, Registration
from trainapp.registrations.notices import ROOM
from trainapp.scheduling.queries import session_title

MAIL = "message"


def tell_message(registration: Registration, mailing: Mailing) -> None:
    """Write one person's copy of a message; nothing for who has left since it was sent, or is erased.

    It carries nothing for a calendar: what one lacks goes with the act that caused it.
    """
    has_left = registration.ended_at is not None and registration.ended_at > mailing.created_at
    if has_left or registration.person.erased_at is not None or not registration.person.addresses:
        return
    language = registration.language
    token = issue_link(registration.person, f"registration:{registration.id}")
    manage_url = absolute_url("registrations.manage", token=token, language=language)
    rendered = render_message(registration, message_in(mailing.content), manage_url)
    recipient = Recipient(registration.name, address_of(registration.person), language)
    key = f"registration:{registration.id}:{MAIL}:{mailing.public_id}"
    queue_mail(key, recipient, rendered, holds_secret=True)


def sample_of(registration: Registration, message: Message) -> Rendered:
    """The mail somebody would get, without the link that is theirs alone."""
    with speaking(registration.language):
        hidden = _("(the reader's own link)")
    return render_message(registration, message, hidden)


def render_message(registration: Registration, message: Message, manage_url: str) -> Rendered:
    """A frame in the reader's language around the words, which may be in another and are marked with it."""
    words, language = words_for(registration, message, manage_url)
    return render_mail(
        ROOM,
        MAIL,
        registration.language,
        title=session_title(registration.session, registration.language).text,
        manage_url=manage_url,
        subject_words=words.subject,
        words=words.body,
        words_language=language,
        words_direction=direction_of(language),
    )
