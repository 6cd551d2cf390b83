"""What follows when a session was held: thanks to everybody who had a seat."""

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.core.events import SessionDelivered
from trainapp.registrations.mailings import start_mailing
from trainapp.registrations.models import MailingKind, Registration, RegistrationState
from trainapp.scheduling.service import lock_session


def thank_people_of(event: SessionDelivered) -> None:
    """The worker thanks those whose seats are confirmed; a session that nobody came to thanks nobody."""
    people = list(
        db.session.scalars(
            select(Registration.id)
            .join(Registration.person)
            .where(
                Registration.session_id == event.session_id,
                Registration.state == RegistrationState.CONFIRMED,
                Person.erased_at.is_(None),
            )
            .order_by(Registration.place)
        )
    )
    if people:
        start_mailing(None, lock_session(event.session_id), MailingKind.THANKS, {}, people)
