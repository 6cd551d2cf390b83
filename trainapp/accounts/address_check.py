"""What the address of somebody who asks to speak for an office says about where they work."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from trainapp.accounts.models import EmailAddress, FocalPointClaim, Person, RoleGrant
from trainapp.core.access import Role
from trainapp.core.addresses import normalize_address
from trainapp.core.database import db
from trainapp.core.languages import _, in_language
from trainapp.core.timefmt import listed
from trainapp.offices.domains import domain_of, is_free_mail, is_within
from trainapp.offices.models import Office, OfficeContact


class DomainMatch(StrEnum):
    """How the domain of an address stands to an office: its own, in use there, another's, anybody's, or not known."""

    OFFICE = "office"
    IN_USE = "in_use"
    OTHER_OFFICE = "other_office"
    ANYBODY = "anybody"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class AddressCheck:
    """The domain and how it stands; `others` are the names of other offices whose domain it is."""

    domain: str
    match: DomainMatch
    others: tuple[str, ...] = ()

    @property
    def may_be_added(self) -> bool:
        return self.match not in (DomainMatch.OFFICE, DomainMatch.ANYBODY)


def check_addresses(claims: Sequence[FocalPointClaim]) -> dict[int, AddressCheck]:
    """The check of each claim, by its id; the same number of queries for one as for many."""
    office_ids = {claim.office_id for claim in claims}
    in_use = _addresses_in_use(office_ids)
    offices = db.session.execute(select(Office.id, Office.names, Office.email_domains)).all()
    listed_domains = [(number, names, domains) for number, names, domains in offices if domains]
    return {claim.id: _check(claim, in_use.get(claim.office_id, set()), listed_domains) for claim in claims}


def _check(
    claim: FocalPointClaim, in_use: set[str], offices: Sequence[tuple[int, dict[str, str], list[str]]]
) -> AddressCheck:
    domain = domain_of(claim.address)
    others = tuple(
        in_language(names).text
        for number, names, domains in offices
        if number != claim.office_id and is_within(domain, domains)
    )
    colleagues = {domain_of(address) for address in in_use - {normalize_address(claim.address)}}
    if is_within(domain, claim.office.email_domains):
        match = DomainMatch.OFFICE
    elif is_free_mail(domain):
        match = DomainMatch.ANYBODY
    elif domain in colleagues:
        match = DomainMatch.IN_USE
    else:
        match = DomainMatch.OTHER_OFFICE if others else DomainMatch.UNKNOWN
    return AddressCheck(domain, match, others)


def _addresses_in_use(office_ids: set[int]) -> dict[int, set[str]]:
    """The addresses of the contacts of each office, and of those who speak or spoke for it."""
    found: dict[int, set[str]] = {}
    contacts = select(OfficeContact.office_id, OfficeContact.address).where(
        OfficeContact.office_id.in_(office_ids), OfficeContact.address != ""
    )
    focal_points = (
        select(RoleGrant.office_id, EmailAddress.address)
        .join(Person, Person.id == RoleGrant.person_id)
        .join(EmailAddress, EmailAddress.person_id == Person.id)
        .where(
            RoleGrant.role == Role.FOCAL_POINT,
            RoleGrant.office_id.in_(office_ids),
            EmailAddress.confirmed_at.is_not(None),
            Person.erased_at.is_(None),
        )
    )
    for query in (contacts, focal_points):
        for row in db.session.execute(query):
            found.setdefault(row.office_id, set()).add(normalize_address(row.address))
    return found


def check_label(check: AddressCheck) -> str:
    """How the domain stands, in the language being spoken."""
    labels = {
        DomainMatch.OFFICE: _("A domain of this office"),
        DomainMatch.IN_USE: _("Others of this office have addresses there"),
        DomainMatch.OTHER_OFFICE: _("A domain of another office: %(offices)s", offices=listed(check.others)),
        DomainMatch.ANYBODY: _("Anybody can have an address there"),
        DomainMatch.UNKNOWN: _("Not known as a domain of this office"),
    }
    return labels[check.match]


def check_tone(check: AddressCheck) -> str:
    tones = {DomainMatch.OFFICE: "good", DomainMatch.IN_USE: "good", DomainMatch.OTHER_OFFICE: "bad"}
    return tones.get(check.match, "warn")
