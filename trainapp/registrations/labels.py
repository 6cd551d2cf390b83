"""What people read for the states of a registration."""

from trainapp.core.languages import _
from trainapp.registrations.models import RegistrationState


def registration_state_label(state: RegistrationState) -> str:
    labels = {
        RegistrationState.APPLIED: _("Waiting for approval"),
        RegistrationState.PENDING: _("Seat held, not confirmed"),
        RegistrationState.CONFIRMED: _("Registered"),
        RegistrationState.WAITLISTED: _("On the waiting list"),
        RegistrationState.DECLINED: _("Declined"),
        RegistrationState.CANCELLED: _("Cancelled"),
    }
    return labels[state]
