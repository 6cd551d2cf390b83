"""Thanks after a session, and what comes next."""

from trainapp.registrations.models import Mailing, Registration
from trainapp.registrations.notices import tell


def thank(registration: Registration, mailing: Mailing) -> None:
    """Write one person's thanks."""
    tell(registration, "thanks")
