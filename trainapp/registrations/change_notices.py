"""What a changed session says to its people, each in their own language and time."""

from trainapp.registrations.models import Mailing, Registration
from trainapp.registrations.notices import tell


def tell_of_change(registration: Registration, mailing: Mailing) -> None:
    """Write one person's mail about a change, with what their calendar now lacks."""
    tell(registration, "changed")
