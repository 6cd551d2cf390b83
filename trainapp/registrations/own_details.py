"""What a person changes of their own registration by its link: name, office, language and zone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.languages import _, language_name, lazy, speaking
from trainapp.core.timefmt import zone_label
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.registrations import notices
from trainapp.registrations.models import ACTIVE, SEATED, Registration
from trainapp.registrations.queries import office_has_room
from trainapp.registrations.service import hold_by_link, refuse_when_over
from trainapp.registrations.waiting_list import move_up
from trainapp.scheduling.models import TrainingSession


@dataclass(frozen=True)
class OwnDetails:
    """How a person is called and written to, and for which office they come."""

    name: str
    office: Office | None
    language: str
    zone: str


NAMES: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "name": (lazy("Name"), str),
    "office": (lazy("IP office"), lambda office: office_name(office) if office else _("None, or not in the list")),
    "language": (lazy("Language of mails and invitations"), language_name),
    "zone": (lazy("Time zone"), lambda zone: zone_label(zone, now())),
}
"""What each detail is called and how it is shown, in the language being spoken."""


def details_of(registration: Registration) -> OwnDetails:
    return OwnDetails(registration.name, registration.office, registration.language, registration.zone)


def may_change_details(registration: Registration) -> bool:
    """Whether the registration has not ended; that its session is over leaves the name to change."""
    return registration.state in ACTIVE


def may_change_office(registration: Registration) -> bool:
    """Who was named comes for the office that named them."""
    return registration.nominated_by_id is None


def change_details(token: str, wanted: OwnDetails) -> bool:
    """Change what is said of a person in their registration, and mail them what changed; False where nothing did.

    Their calendar entries stay the same, in the new language and time: same UID and SEQUENCE. Once the session is over
    only the name may change, which a certificate may need.
    Raises `LinkGone`, and `DomainError` for a registration that has ended, for another office than one was named for,
    and for one whose seats are all taken.
    """
    _link, registration, session = hold_by_link(token)
    if not may_change_details(registration):
        raise DomainError(lazy("This registration has ended."))
    before = details_of(registration)
    changed = [name for name in NAMES if getattr(before, name) != getattr(wanted, name)]
    if not changed:
        return False
    if changed != ["name"]:
        refuse_when_over(session)
    if "office" in changed and not may_change_office(registration):
        raise DomainError(lazy("You were named for this session by your office, so the office stays."))
    if "office" in changed and not _has_seat_for(registration, session, wanted.office):
        raise DomainError(lazy("All seats that this IP office may have in this session are taken."), "office")
    for name in changed:
        setattr(registration, name, getattr(wanted, name))
    record_act(registration.person_id, "details changed", f"registration:{registration.id}", after={"changed": changed})
    db.session.flush()
    notices.tell(registration, "details", changes=_in_words(registration, changed))
    if "office" in changed:
        move_up(session)  # the office left may have room now for somebody of it who waits
    return True


def _has_seat_for(registration: Registration, session: TrainingSession, office: Office | None) -> bool:
    """Whether who holds a seat may take it along to another office."""
    return registration.state not in SEATED or office_has_room(session, office.id if office else None)


def _in_words(registration: Registration, changed: list[str]) -> list[tuple[str, str]]:
    with speaking(registration.language):
        shown = [(NAMES[name], getattr(registration, name)) for name in changed]
        return [(str(label), show(value)) for (label, show), value in shown]
