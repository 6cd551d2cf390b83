"""The mails about what was decided for a person, by those who run a session, by an office or by another person."""

from trainapp.accounts.links import address_of
from trainapp.accounts.models import Person
from trainapp.core.languages import speaking
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.offices.queries import office_name
from trainapp.registrations.models import SEATED, Registration, RegistrationState
from trainapp.registrations.notices import CANCEL, REQUEST, ROOM, tell, tell_of_waiting
from trainapp.scheduling.queries import session_title


def tell_of_approval(registration: Registration) -> None:
    """An application is approved: a seat with its invitations, or a place on the waiting list."""
    if registration.state is RegistrationState.WAITLISTED:
        tell_of_waiting(registration, is_approved=True)
    else:
        tell(registration, "approved", carries=REQUEST)


def tell_of_refusal(registration: Registration, before: RegistrationState) -> None:
    """Those who run the session said no; `before` is what the person had."""
    was_seated, was_applied = before in SEATED, before is RegistrationState.APPLIED
    tell(
        registration,
        "not_approved",
        carries=CANCEL,
        was_seated=was_seated,
        was_applied=was_applied,
        reason_given=registration.reason,
    )


def tell_of_move(registration: Registration, moved: Registration) -> None:
    """Somebody was registered in another session instead of this one; the mail of that one follows."""
    title = session_title(moved.session, registration.language).text
    tell(registration, "moved", carries=CANCEL, other=title)


def tell_of_withdrawal(registration: Registration) -> None:
    """Their office, or those who run the session, took somebody off it."""
    tell(registration, "taken_off", carries=CANCEL)


def tell_of_substitution(registration: Registration, name: str) -> None:
    """Somebody else comes in a person's place."""
    tell(registration, "replaced", carries=CANCEL, substitute=name)


def tell_of_declined_nomination(registration: Registration) -> None:
    """The person's calendar is cleared; who named them is told, in their own language."""
    tell(registration, "declined", carries=CANCEL)
    nominator = registration.nominated_by
    if nominator is not None and nominator.erased_at is None and nominator.addresses:
        _tell_nominator(nominator, registration)


def _tell_nominator(nominator: Person, registration: Registration) -> None:
    session, language = registration.session, nominator.language
    with speaking(language):
        context = {
            "name": nominator.name,
            "person": registration.name,
            "office": office_name(registration.office) if registration.office else "",
            "title": session_title(session, language).text,
            "reason_given": registration.reason,
            "session_url": absolute_url("scheduling.session", code=session.code, language=language),
        }
    recipient = Recipient(nominator.name, address_of(nominator), language)
    rendered = render_mail(ROOM, "nomination_declined", language, **context)
    queue_mail(f"nomination-declined:{registration.id}:{public_id()}", recipient, rendered)
