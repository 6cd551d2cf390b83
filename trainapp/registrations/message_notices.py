"""A message of those who run a session to its people, in each reader's language."""

from trainapp.registrations.models import Mailing, Registration
from trainapp.registrations.notices import tell


def tell_message(registration: Registration, mailing: Mailing) -> None:
    """Write one person's copy of a message."""
    tell(registration, "message")
