"""Becoming an office's focal point: asking or being named, proving the address, and the secretariat's decision.

Asking with an address that is known changes nothing about its person, and the answer on the page is the same for
everybody: what happened stands in the mail.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from trainapp.accounts import focal_point_notices as notices
from trainapp.accounts.focal_point_queries import claim_by_public_id, focal_points_of
from trainapp.accounts.focal_points import check_last_day, leave_on, own_role
from trainapp.accounts.links import LinkGone, find_link, issue_link, scope_id, use_link
from trainapp.accounts.models import ClaimState, FocalPointClaim, MailedLink, Person
from trainapp.accounts.queries import may, person_by_address
from trainapp.accounts.service import add_person, grant_role
from trainapp.core.access import Permission, Role
from trainapp.core.addresses import normalize_address
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden
from trainapp.core.languages import lazy
from trainapp.core.throttle import allow
from trainapp.offices.domains import domain_of, refuse_free_mail
from trainapp.offices.locks import lock_office
from trainapp.offices.models import Office
from trainapp.offices.working_week import add_domain

SCOPE = "claim"
LINK_DAYS = 7
TRIES_PER_ADDRESS = 5
TRIES_PER_NETWORK = 30
NAMED_PER_PERSON = 10
TRY_SPAN = timedelta(hours=12)


@dataclass(frozen=True)
class Candidate:
    """What is said of somebody who is to speak for an office; language and zone count where they are new here."""

    name: str
    address: str
    language: str
    zone: str
    function: str = ""
    message: str = ""


class AlreadyDecided(Conflict):
    """Another coordinator has decided on the claim meanwhile."""

    def __init__(self) -> None:
        super().__init__(lazy("Somebody else has decided on this meanwhile. Nothing was changed by your step."))


def ask(office: Office, candidate: Candidate, network: str) -> None:
    """Mail a link that proves the address, unless it or its network had too many of late."""
    if not (
        allow("claim", normalize_address(candidate.address), TRIES_PER_ADDRESS, TRY_SPAN)
        and allow("claim_network", network, TRIES_PER_NETWORK, TRY_SPAN)
    ):
        return
    _new_claim(office, candidate, None)


def hand_over(actor: Person, office_id: int, candidate: Candidate, last_day: date | None = None) -> None:
    """Name somebody to speak for an office as well, or from `last_day` on in the place of who names them.

    The day holds whatever is decided on the one who was named. Raises `NotFound` for who does not speak for the office.
    """
    office = lock_office(office_id)
    grant = own_role(actor, office_id)
    spoken_by = {each.person_id for each in focal_points_of(office_id)}
    person = person_by_address(candidate.address)
    if person is not None and person.id in spoken_by:
        raise DomainError(lazy("This person speaks for the office already."), "email")
    if not allow("name_successor", actor.public_id, NAMED_PER_PERSON, TRY_SPAN):
        raise DomainError(lazy("You have named many people today. Please go on tomorrow."))
    if last_day is not None:
        leave_on(actor, grant, last_day)
    claim = _new_claim(office, candidate, actor)
    record_act(actor.id, "focal point named", _record(claim))


def _new_claim(office: Office, candidate: Candidate, named_by: Person | None) -> FocalPointClaim:
    person = person_by_address(candidate.address)
    if person is None:
        person = add_person(candidate.name, candidate.address, candidate.language, candidate.zone)
    claim = FocalPointClaim(
        office=office,
        person=person,
        name=candidate.name,
        address=candidate.address.strip(),
        function=candidate.function,
        message=candidate.message,
        handed_over_by=named_by,
    )
    db.session.add(claim)
    db.session.flush()
    token = issue_link(person, f"{SCOPE}:{claim.id}", now() + timedelta(days=LINK_DAYS))
    notices.send_link(claim, token, LINK_DAYS)
    return claim


def open_link(token: str) -> tuple[MailedLink, FocalPointClaim]:
    """The claim that a mailed link opens. Raises `LinkGone`."""
    link = find_link(token, SCOPE)
    claim = db.session.get(FocalPointClaim, scope_id(link))
    if claim is None:
        raise LinkGone()
    return link, claim


def confirm(token: str) -> FocalPointClaim:
    """The address is proven: the secretariat is told. A second press of the button changes nothing."""
    link, seen = open_link(token)
    claim = _hold(seen.id, seen.office_id)
    if claim.state is ClaimState.ASKED:
        use_link(link)
        claim.state = ClaimState.CONFIRMED
        claim.confirmed_at = now()
        db.session.flush()
        record_act(claim.person_id, "claim confirmed", _record(claim))
        notices.tell_of_claim(claim)
    return claim


def accept(actor: Person, public_id: str, last_day: date, *, adds_domain: bool = False) -> FocalPointClaim:
    """Let the person speak for the office up to a day; the domain of their address may become one of the office.

    Raises `AlreadyDecided` when another coordinator was faster, `DomainError` for a day or a domain that cannot be.
    """
    claim = _hold_undecided(actor, public_id)
    check_last_day(last_day)
    domain = domain_of(claim.address)
    if adds_domain:
        refuse_free_mail(domain, "adds_domain")
        add_domain(actor.id, claim.office, domain)
    colleagues = [grant for grant in focal_points_of(claim.office_id) if grant.person_id != claim.person_id]
    db.session.expire(claim.person, ["grants"])
    grant = grant_role(actor, claim.person, Role.FOCAL_POINT, claim.office, last_day)
    claim.person.office = claim.person.office or claim.office
    _close(actor, claim, ClaimState.ACCEPTED)
    notices.tell_accepted(claim, grant)
    notices.tell_colleagues(claim, grant, colleagues)
    return claim


def decline(actor: Person, public_id: str, reason: str) -> FocalPointClaim:
    """Say no, with the reason. Raises `AlreadyDecided` when another coordinator was faster."""
    claim = _hold_undecided(actor, public_id)
    _close(actor, claim, ClaimState.DECLINED, reason)
    notices.tell_declined(claim)
    return claim


def _close(actor: Person, claim: FocalPointClaim, state: ClaimState, answer: str = "") -> None:
    """Decide on a claim, and with it on any other the same person has confirmed for the office."""
    twins = db.session.scalars(
        select(FocalPointClaim).where(
            FocalPointClaim.person_id == claim.person_id,
            FocalPointClaim.office_id == claim.office_id,
            FocalPointClaim.state == ClaimState.CONFIRMED,
        )
    ).all()
    for each in twins:
        each.state, each.answer = state, answer
        each.decided_at, each.decided_by = now(), actor
        record_act(actor.id, f"claim {state.value}", _record(each))
    db.session.flush()


def _hold_undecided(actor: Person, public_id: str) -> FocalPointClaim:
    if not may(actor, Permission.COORDINATE):
        raise Forbidden()
    seen = claim_by_public_id(public_id)
    claim = _hold(seen.id, seen.office_id)
    if claim.state is ClaimState.ASKED:
        raise DomainError(lazy("The address has not been confirmed yet, so nothing can be decided."))
    if claim.state is not ClaimState.CONFIRMED:
        raise AlreadyDecided()
    return claim


def _hold(claim_id: int, office_id: int) -> FocalPointClaim:
    """The claim as it stands now; its office is held, so that all that is decided on its focal points takes turns."""
    lock_office(office_id)
    return db.session.scalars(
        select(FocalPointClaim)
        .where(FocalPointClaim.id == claim_id)
        .with_for_update(of=FocalPointClaim)
        .execution_options(populate_existing=True)
    ).one()


def _record(claim: FocalPointClaim) -> str:
    return f"focal_point_claim:{claim.id}"
