"""What those who run a session do for one of its people, beside deciding about them."""

from datetime import timedelta

from trainapp.accounts.models import Person
from trainapp.core.audit import record_act
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.core.throttle import allow
from trainapp.registrations import notices
from trainapp.registrations.models import Registration
from trainapp.registrations.queries import registrations_named
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import may_manage
from trainapp.scheduling.service import lock_session

LINKS_PER_PERSON = 4
LINK_SPAN = timedelta(hours=1)


def send_link(actor: Person, session: TrainingSession, public_id: str) -> Registration:
    """Mail somebody their link once more and, where they have a seat, their invitations.

    Raises `NotFound` for who may not manage the session, `DomainError` where it was done too often in the last hour.
    """
    session = lock_session(session.id)
    if not may_manage(actor, session):
        raise NotFound()
    found = registrations_named(session, [public_id])
    if not found:
        raise NotFound()
    [registration] = found
    if not allow("link_sent", f"registration:{registration.id}", LINKS_PER_PERSON, LINK_SPAN):
        raise DomainError(lazy("This person has had several mails with their link in the last hour. Please wait."))
    record_act(actor.id, "link sent again", f"registration:{registration.id}")
    notices.send_link_again(registration, "link_sent")
    return registration
