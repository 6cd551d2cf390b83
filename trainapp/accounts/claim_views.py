"""The secretariat's pages on those who ask to be focal points: the list, and the decision on one."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts import focal_point_claims, focal_points
from trainapp.accounts.address_check import AddressCheck, check_addresses, check_label, check_tone
from trainapp.accounts.blueprint import blueprint
from trainapp.accounts.focal_point_claims import AlreadyDecided
from trainapp.accounts.focal_point_forms import AcceptForm, ClaimFilter, DeclineForm
from trainapp.accounts.focal_point_queries import (
    Act,
    ClaimPage,
    acts_on_roles,
    claim_by_public_id,
    claims,
    claims_beside,
    focal_points_of,
    offices_with_claims,
    past_focal_points_of,
)
from trainapp.accounts.labels import claim_state_label, claim_state_tone
from trainapp.accounts.login import acting_person
from trainapp.accounts.models import ClaimState, FocalPointClaim
from trainapp.accounts.queries import valid_grants
from trainapp.core.access import Permission, Role, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.timefmt import listed, moment, short_day
from trainapp.core.web import page
from trainapp.offices.queries import office_name


@blueprint.get("/focal-points/claims", endpoint="claims")
@access(Permission.COORDINATE)
def list_claims() -> ResponseReturnValue:
    """Everybody who asks to speak for an office, those who wait for the secretariat first."""
    form = ClaimFilter(request.args)
    form.offer(offices_with_claims())
    found = claims(form.chosen_state(), form.chosen_office(), request.args.get("page", 1, type=int))
    checks = check_addresses(found.claims)
    return page(
        "accounts/claims.html",
        form=form,
        total=found.total,
        filtered=bool(form.in_address()),
        rows=[{**_row(each), "check": _check_words(checks[each.id])} for each in found.claims],
        **_pages(found, form.in_address()),
    )


def _row(claim: FocalPointClaim) -> dict[str, Any]:
    """A claim as its readers read it."""
    return {
        "public_id": claim.public_id,
        "name": claim.name,
        "address": claim.address,
        "office": office_name(claim.office),
        "code": claim.office.code,
        "asked_at": claim.asked_at,
        "state": claim_state_label(claim.state),
        "tone": claim_state_tone(claim.state),
        "named_by": claim.handed_over_by.name if claim.handed_over_by else "",
        "decided_by": claim.decided_by.name if claim.decided_by else "",
        "decided_at": claim.decided_at,
        "answer": claim.answer,
    }


def _check_words(check: AddressCheck) -> dict[str, Any]:
    return {"domain": check.domain, "label": check_label(check), "tone": check_tone(check)}


def _pages(found: ClaimPage, query: dict[str, Any]) -> dict[str, Any]:
    def address(number: int) -> str | None:
        return url_for("accounts.claims", **query, page=number) if 1 <= number <= found.pages else None

    return {
        "page_number": found.page,
        "pages": found.pages,
        "previous_url": address(found.page - 1),
        "next_url": address(found.page + 1),
    }


@blueprint.get("/focal-points/claims/<public_id>")
@access(Permission.COORDINATE)
def claim_decision(public_id: str) -> ResponseReturnValue:
    """One claim with all a coordinator weighs before deciding on it."""
    return _decision_page(public_id)


@blueprint.post("/focal-points/claims/<public_id>/accept")
@access(Permission.COORDINATE)
def accept_claim(public_id: str) -> ResponseReturnValue:
    form = AcceptForm()
    if not form.validate():
        return _decision_page(public_id, 422, accept_form=form)
    try:
        claim = focal_point_claims.accept(
            acting_person(), public_id, form.last_day.data, adds_domain=form.adds_domain.data
        )
    except NotFound:
        raise
    except DomainError as error:
        return _decision_page(public_id, error.status, accept_form=with_error(form, error), refused=error)
    flash(_("%(person)s is a focal point now, and is told by mail.", person=claim.name), "success")
    return redirect(url_for("accounts.claims"))


@blueprint.post("/focal-points/claims/<public_id>/decline")
@access(Permission.COORDINATE)
def decline_claim(public_id: str) -> ResponseReturnValue:
    form = DeclineForm()
    if not form.validate():
        return _decision_page(public_id, 422, decline_form=form)
    try:
        focal_point_claims.decline(acting_person(), public_id, form.reason.data or "")
    except NotFound:
        raise
    except DomainError as error:
        return _decision_page(public_id, error.status, decline_form=with_error(form, error), refused=error)
    flash(_("Declined. The reason goes out by mail."), "success")
    return redirect(url_for("accounts.claims"))


def _decision_page(
    public_id: str,
    status: int = 200,
    *,
    accept_form: AcceptForm | None = None,
    decline_form: DeclineForm | None = None,
    refused: DomainError | None = None,
) -> ResponseReturnValue:
    """The page of a claim as it stands now; what was typed is kept, also where another coordinator was faster."""
    claim = claim_by_public_id(public_id)
    check = check_addresses([claim])[claim.id]
    if accept_form is None:
        accept_form = AcceptForm(formdata=None, data={"last_day": focal_points.usual_last_day()})
    accept_form.offer(check.domain)
    current, past = focal_points_of(claim.office_id), past_focal_points_of(claim.office_id)
    return page(
        "accounts/claim_decision.html",
        status,
        claim=claim,
        row=_row(claim),
        check=check,
        check_words=_check_words(check),
        accept_form=accept_form,
        decline_form=decline_form or DeclineForm(formdata=None),
        typed=decline_form.reason.data if decline_form is not None else "",
        was_late=isinstance(refused, AlreadyDecided),
        States=ClaimState,
        current=current,
        past=past,
        beside=[_row(each) for each in claims_beside(claim)],
        other_offices=_other_offices(claim),
        leaves_on=_leaves_on(claim),
        acts=_acts(claim, {grant.person_id for grant in (*current, *past)}),
    )


def _other_offices(claim: FocalPointClaim) -> str:
    """The other offices the person speaks for today."""
    return listed(
        office_name(grant.office)
        for grant in valid_grants(claim.person)
        if grant.role is Role.FOCAL_POINT and grant.office is not None and grant.office_id != claim.office_id
    )


def _leaves_on(claim: FocalPointClaim) -> str:
    """The last day of who named the person, where their role has an end."""
    if claim.handed_over_by is None:
        return ""
    ends = [
        grant.valid_to
        for grant in claim.handed_over_by.grants
        if grant.role is Role.FOCAL_POINT and grant.office_id == claim.office_id
    ]
    last = max((day for day in ends if day is not None), default=None)
    return "" if None in ends or last is None else short_day(last)


def _acts(claim: FocalPointClaim, person_ids: set[int]) -> list[dict[str, str]]:
    found = acts_on_roles(claim.office.code, person_ids | {claim.person_id})
    return [
        {
            "title": _act_label(act),
            "who": act.actor,
            "when": moment(act.event.at, reader_zone().zone),
            "text": "",
            "tone": "neutral",
        }
        for act in found
    ]


def _act_label(act: Act) -> str:
    until = _act_day(act)
    if act.event.action == "role ended":
        return _("%(person)s: role ended", person=act.person)
    if until is None:
        return _("%(person)s: role without an end", person=act.person)
    return _("%(person)s: role until %(day)s", person=act.person, day=until)


def _act_day(act: Act) -> str | None:
    written = act.event.after.get("valid_to")
    return short_day(date.fromisoformat(written)) if written else None
