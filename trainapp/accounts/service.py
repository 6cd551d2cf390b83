"""Rules about people: adding them, their roles, and signing in by a mailed link."""

from datetime import date, datetime, timedelta

from trainapp.accounts.links import LinkGone, address_of, find_link, issue_link, use_link
from trainapp.accounts.models import EmailAddress, MailedLink, Person, RoleGrant
from trainapp.accounts.queries import person_by_address, valid_grants
from trainapp.core.access import Role
from trainapp.core.addresses import normalize_address
from trainapp.core.audit import record_act
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.languages import LANGUAGES, lazy
from trainapp.core.throttle import allow
from trainapp.core.timefmt import parse_zone
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.offices.models import Office

SIGN_IN_SCOPE = "sign_in"
LINK_LIFETIME = timedelta(minutes=30)
TRIES_PER_ADDRESS = 5
TRIES_PER_NETWORK = 60
TRY_SPAN = timedelta(minutes=15)
ANNOUNCED_BEFORE = timedelta(days=30)
"""How long before its end a role is announced to end."""


def add_person(name: str, address: str, language: str, zone: str, office: Office | None = None) -> Person:
    """Store a new person with one address, not yet confirmed. Raises `DomainError` when the address is taken."""
    if language not in LANGUAGES:
        raise DomainError(lazy("There is no such language here."), "language")
    parse_zone(zone)
    if person_by_address(address) is not None:
        raise DomainError(lazy("This address belongs to somebody already."), "email")
    person = Person(name=name, language=language, zone=zone, office=office)
    person.addresses.append(EmailAddress(address=address.strip(), normalized=normalize_address(address)))
    db.session.add(person)
    db.session.flush()
    return person


def grant_role(
    actor: Person | None, person: Person, role: Role, office: Office | None = None, valid_to: date | None = None
) -> RoleGrant:
    """Give a person a role from today up to `valid_to`; a role they have already lasts at least as long afterwards.

    A focal point speaks for one office, so needs one.
    """
    if role is Role.FOCAL_POINT and office is None:
        raise DomainError(lazy("A focal point speaks for one office. Name the office."), "office")
    for grant in valid_grants(person):
        if grant.role is role and grant.office_id == (office.id if office else None):
            if grant.valid_to is not None and (valid_to is None or valid_to > grant.valid_to):
                set_last_day(actor, grant, valid_to)
            return grant
    grant = RoleGrant(
        role=role, office=office, valid_from=today(), valid_to=valid_to, reminded_at=_announced_at(valid_to)
    )
    person.grants.append(grant)
    db.session.flush()
    record_act(actor.id if actor else None, "role granted", f"person:{person.id}", after=_facts_of(grant))
    return grant


def set_last_day(actor: Person | None, grant: RoleGrant, last_day: date | None) -> None:
    """Let a role end after another day, or never. Its end is announced when it comes near, if it is not near now."""
    before = _facts_of(grant)
    action = "role ended" if last_day is not None and last_day < today() else "role changed"
    grant.valid_to = last_day
    grant.reminded_at = _announced_at(last_day)
    db.session.flush()
    record_act(actor.id if actor else None, action, f"person:{grant.person_id}", before, _facts_of(grant))


def _announced_at(last_day: date | None) -> datetime | None:
    """Who sets an end that is near has announced it by that."""
    return now() if last_day is not None and last_day <= today() + ANNOUNCED_BEFORE else None


def _facts_of(grant: RoleGrant) -> dict[str, str | None]:
    """A role as the audit trail keeps it."""
    facts = {"role": grant.role.value, "valid_to": grant.valid_to.isoformat() if grant.valid_to else None}
    return facts | ({"office": grant.office.code} if grant.office is not None else {})


def request_sign_in(address: str, language: str, network: str, next_path: str | None = None) -> None:
    """Mail a link to sign in. Whether the address is known shows in the mailbox alone, not in the answer."""
    key = normalize_address(address)
    if not (
        allow("sign_in", key, TRIES_PER_ADDRESS, TRY_SPAN)
        and allow("sign_in_network", network, TRIES_PER_NETWORK, TRY_SPAN)
    ):
        return
    person = person_by_address(address)
    if person is None:
        _mail_stranger(address, language)
    else:
        _mail_sign_in_link(person, next_path)


def _mail_sign_in_link(person: Person, next_path: str | None) -> None:
    token = issue_link(person, SIGN_IN_SCOPE, now() + LINK_LIFETIME)
    arguments = {"next": next_path} if next_path else {}
    url = absolute_url("accounts.use_sign_in_link", token=token, language=person.language, **arguments)
    recipient = Recipient(person.name, address_of(person), person.language)
    rendered = render_mail(
        "accounts", "sign_in", person.language, name=person.name, url=url, minutes=LINK_LIFETIME.seconds // 60
    )
    queue_mail(f"sign-in:{public_id()}", recipient, rendered, holds_secret=True)


def _mail_stranger(address: str, language: str) -> None:
    """Tell the owner of an unknown address so; the same work as for a known one, so that timing tells nothing."""
    recipient = Recipient("", address.strip(), language)
    url = absolute_url("scheduling.catalogue", language=language)
    rendered = render_mail("accounts", "sign_in_unknown", language, address=address.strip(), url=url)
    queue_mail(f"sign-in:{public_id()}", recipient, rendered)


def find_sign_in_link(token: str) -> MailedLink:
    """The link, if it can still be used. Raises `LinkGone`."""
    link = find_link(token, SIGN_IN_SCOPE)
    if link.used_at is not None:
        raise LinkGone()
    return link


def sign_in(token: str) -> Person:
    """Use a link once; gives the person to sign in. Raises `LinkGone`."""
    link = find_sign_in_link(token)
    use_link(link)
    record_act(link.person_id, "signed in", f"person:{link.person_id}")
    return link.person


def choose_zone(person: Person, zone: str) -> None:
    person.zone = parse_zone(zone).key
