"""Mails about focal points, each in its reader's language."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from trainapp.accounts.address_check import check_addresses, check_label
from trainapp.accounts.focal_point_queries import focal_points_of, others_after
from trainapp.accounts.labels import role_label
from trainapp.accounts.links import address_of
from trainapp.accounts.models import FocalPointClaim, Person, RoleGrant
from trainapp.accounts.queries import people_who_may
from trainapp.core.access import Permission, Role
from trainapp.core.clock import today
from trainapp.core.languages import speaking
from trainapp.core.timefmt import short_day
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name

ROOM = "accounts"


def send_link(claim: FocalPointClaim, token: str, days: int) -> None:
    """The link that proves the address, to that address."""
    person = claim.person
    with speaking(person.language):
        context = {
            **_claim_facts(claim),
            "named_by": claim.handed_over_by.name if claim.handed_over_by else "",
            "url": absolute_url("accounts.claim", token=token),
            "days": days,
        }
    _queue(f"claim:{claim.id}:link", person, "claim_link", context, claim.address, holds_secret=True)


def tell_of_claim(claim: FocalPointClaim) -> None:
    """Somebody waits for the secretariat's decision."""
    for person in people_who_may(Permission.COORDINATE):
        with speaking(person.language):
            check = check_addresses([claim])[claim.id]
            context = {
                **_claim_facts(claim),
                "named_by": claim.handed_over_by.name if claim.handed_over_by else "",
                "domain": check_label(check),
                "url": absolute_url("accounts.claim_decision", public_id=claim.public_id),
            }
        _queue(f"claim:{claim.id}:waits:{person.id}", person, "claim_waits", context)


def tell_accepted(claim: FocalPointClaim, grant: RoleGrant) -> None:
    person = claim.person
    with speaking(person.language):
        context = {
            "office": office_name(claim.office),
            "last_day": _day_or_none(grant.valid_to),
            "url": absolute_url("accounts.sign_in"),
        }
    _queue(f"claim:{claim.id}:accepted", person, "claim_accepted", context, claim.address)


def tell_declined(claim: FocalPointClaim) -> None:
    """To who asked, and to who named them."""
    for person, address in ((claim.person, claim.address), (claim.handed_over_by, None)):
        if person is None:
            continue
        with speaking(person.language):
            context = {
                "office": office_name(claim.office),
                "reason_given": claim.answer,
                "person": claim.name if person.id != claim.person_id else "",
                "url": _ask_or_look(claim, person),
            }
        _queue(f"claim:{claim.id}:declined:{person.id}", person, "claim_declined", context, address)


def _ask_or_look(claim: FocalPointClaim, person: Person) -> str:
    if person.id == claim.person_id:
        return absolute_url("accounts.ask_to_be_focal_point", office=claim.office.code)
    return absolute_url("accounts.focal_points", code=claim.office.code)


def tell_colleagues(claim: FocalPointClaim, grant: RoleGrant, colleagues: Iterable[RoleGrant]) -> None:
    """Who speaks for an office knows who else does; who named somebody learns that it was granted."""
    people = {each.person_id: (each.person, each.valid_to) for each in colleagues}
    if claim.handed_over_by is not None:
        people.setdefault(claim.handed_over_by.id, (claim.handed_over_by, None))
    for person, own_last_day in people.values():
        with speaking(person.language):
            context = {
                "office": office_name(claim.office),
                "person": grant.person.name,
                "is_named": person.id == claim.handed_over_by_id,
                "last_day": _day_or_none(grant.valid_to),
                "own_last_day": _day_or_none(own_last_day),
                "url": absolute_url("accounts.focal_points", code=claim.office.code),
            }
        _queue(f"claim:{claim.id}:colleague:{person.id}", person, "focal_point_joined", context)


def tell_of_term(grant: RoleGrant) -> None:
    """To a focal point: until when the role lasts now, or that it is over."""
    person, office = grant.person, _office(grant)
    with speaking(person.language):
        context = {
            "office": office_name(office),
            "is_over": _is_over(grant),
            "last_day": _day_or_none(grant.valid_to),
            "url": absolute_url("desks.home"),
        }
    _queue(f"role:{grant.id}:term:{public_id()}", person, "role_term", context)


def tell_of_leaving(grant: RoleGrant) -> None:
    """A focal point leaves: to the coordinators, and to those who go on speaking for the office."""
    office = _office(grant)
    last_day = grant.valid_to or today()
    others = others_after(office.id, last_day, grant.person)
    colleagues = [each.person for each in focal_points_of(office.id) if each.person_id != grant.person_id]
    readers = {person.id: person for person in (*people_who_may(Permission.COORDINATE), *colleagues)}
    for person in readers.values():
        if person.id == grant.person_id:
            continue
        with speaking(person.language):
            context = {
                "office": office_name(office),
                "person": grant.person.name,
                "is_over": _is_over(grant),
                "last_day": short_day(last_day),
                "others": others,
                "url": absolute_url("accounts.focal_points", code=office.code),
            }
        _queue(f"role:{grant.id}:leaves:{person.id}:{public_id()}", person, "focal_point_leaves", context)


def announce_end(grant: RoleGrant) -> None:
    """To the person: a role ends soon."""
    person = grant.person
    with speaking(person.language):
        context = {**_role_facts(grant), "url": _page_of_office(grant.office) if grant.office else ""}
    _queue(f"role:{grant.id}:ends:{grant.valid_to}", person, "role_ends", context)


def announce_ends(grants: list[RoleGrant]) -> None:
    """To each coordinator: the roles that end soon, all in one mail."""
    numbers = "-".join(str(grant.id) for grant in grants)
    for person in people_who_may(Permission.COORDINATE):
        with speaking(person.language):
            rows = [
                {**_role_facts(grant), "url": _page_of_office(grant.office) if grant.office else ""} for grant in grants
            ]
        _queue(f"roles-end:{person.id}:{today()}:{numbers}", person, "roles_end", {"rows": rows})


def _role_facts(grant: RoleGrant) -> dict[str, str]:
    return {
        "person": grant.person.name,
        "role": role_label(grant.role),
        "office": office_name(grant.office) if grant.office else "",
        "last_day": _day_or_none(grant.valid_to),
    }


def _page_of_office(office: Office) -> str:
    return absolute_url("accounts.focal_points", code=office.code)


def _claim_facts(claim: FocalPointClaim) -> dict[str, Any]:
    return {
        "office": office_name(claim.office),
        "claimed_name": claim.name,
        "address": claim.address,
        "function": claim.function,
        "message": claim.message,
    }


def _day_or_none(day: date | None) -> str:
    return short_day(day) if day is not None else ""


def _is_over(grant: RoleGrant) -> bool:
    return grant.valid_to is not None and grant.valid_to < today()


def _office(grant: RoleGrant) -> Office:
    assert grant.role is Role.FOCAL_POINT
    assert grant.office is not None
    return grant.office


def _queue(
    key: str,
    person: Person,
    mail: str,
    context: dict[str, Any],
    address: str | None = None,
    *,
    holds_secret: bool = False,
) -> None:
    """Queue one mail to a person, to `address` where it is not simply where their mails go."""
    rendered = render_mail(ROOM, mail, person.language, name=person.name, **context)
    recipient = Recipient(person.name, address or address_of(person), person.language)
    queue_mail(key, recipient, rendered, holds_secret=holds_secret)
