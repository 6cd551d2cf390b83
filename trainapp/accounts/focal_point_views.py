"""Pages of focal points: asking to be one, proving the address, and who speaks for an office."""

from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts import focal_point_claims, focal_points
from trainapp.accounts.blueprint import blueprint
from trainapp.accounts.focal_point_claims import Candidate
from trainapp.accounts.focal_point_forms import STAYS, AskForm, GiveUpForm, SuccessorForm, TermForm
from trainapp.accounts.focal_point_queries import (
    focal_point_of,
    focal_points_of,
    others_after,
    past_focal_points_of,
    successors_named,
)
from trainapp.accounts.labels import claim_state_label, claim_state_tone
from trainapp.accounts.links import address_of
from trainapp.accounts.login import acting_person, person_signed_in
from trainapp.accounts.models import ClaimState, RoleGrant
from trainapp.accounts.queries import may, may_edit_office
from trainapp.core.access import Permission, access
from trainapp.core.clock import today
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _, current_language
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.offices.models import Office
from trainapp.offices.queries import office_by_code, office_name


@blueprint.route("/focal-points/ask", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def ask_to_be_focal_point() -> ResponseReturnValue:
    form = AskForm(data=_known_of_visitor() if request.method == "GET" else None)
    if request.method == "GET":
        return page("accounts/ask_to_be_focal_point.html", form=form)
    office = office_by_code(form.office.data) if form.validate() else None
    if office is None:
        return page("accounts/ask_to_be_focal_point.html", 422, form=form)
    candidate = Candidate(
        form.name.data or "",
        form.email.data or "",
        current_language(),
        reader_zone().zone,
        form.function.data or "",
        form.message.data or "",
    )
    focal_point_claims.ask(office, candidate, request.remote_addr or "")
    return redirect(url_for("accounts.claim_sent"))


def _known_of_visitor() -> dict[str, str]:
    person = person_signed_in()
    known = {"office": request.args.get("office", "")}
    return known if person is None else {**known, "name": person.name, "email": address_of(person)}


@blueprint.get("/focal-points/asked")
@access(Permission.PUBLIC)
def claim_sent() -> ResponseReturnValue:
    """The same page for every address, known or not."""
    return page("accounts/claim_sent.html")


@blueprint.get("/focal-points/claim/<token>")
@access(Permission.BY_LINK)
def claim(token: str) -> ResponseReturnValue:
    """What the mailed link opens: it shows, and its button acts."""
    _link, found = focal_point_claims.open_link(token)
    return page("accounts/claim.html", claim=found, office=office_name(found.office), States=ClaimState, token=token)


@blueprint.post("/focal-points/claim/<token>")
@access(Permission.BY_LINK)
def confirm_claim(token: str) -> ResponseReturnValue:
    focal_point_claims.confirm(token)
    flash(_("Your address is confirmed."), "success")
    return redirect(url_for("accounts.claim", token=token))


@blueprint.get("/offices/<code>/focal-points", endpoint="focal_points")
@access(Permission.ASK_FOR_TRAINING)
def show_focal_points(code: str) -> ResponseReturnValue:
    """Who speaks for an office, and until when: for those who do, and for coordinators."""
    person = acting_person()
    office = office_for_reader(code)
    current = focal_points_of(office.id)
    own = next((grant for grant in current if grant.person_id == person.id), None)
    is_coordinator = may(person, Permission.COORDINATE)
    return page(
        "accounts/focal_points.html",
        office=office,
        office_name=office_name(office),
        current=[_row(grant) for grant in current],
        past=[_row(grant) for grant in past_focal_points_of(office.id)] if is_coordinator else [],
        named=[
            {
                "name": each.name,
                "by": each.handed_over_by.name if each.handed_over_by else "",
                "state": claim_state_label(each.state),
                "tone": claim_state_tone(each.state),
                "public_id": each.public_id,
            }
            for each in successors_named(office.id)
        ],
        own=own,
        is_coordinator=is_coordinator,
    )


def _row(grant: RoleGrant) -> dict[str, Any]:
    return {
        "public_id": grant.person.public_id,
        "name": grant.person.name,
        "address": address_of(grant.person),
        "since": grant.valid_from,
        "until": grant.valid_to and max(grant.valid_from, grant.valid_to),  # given and ended on one day
    }


@blueprint.route("/offices/<code>/focal-points/hand-over", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def hand_over(code: str) -> ResponseReturnValue:
    """A focal point names who speaks for the office as well, or in their place."""
    person = acting_person()
    office = office_for_reader(code)
    focal_points.own_role(person, office.id)
    form = SuccessorForm(data={"language_of_mails": person.language, "what_then": STAYS})
    if request.method == "GET":
        return _hand_over_page(form, office)
    if not form.validate():
        return _hand_over_page(form, office, 422)
    candidate = Candidate(
        form.name.data or "",
        form.email.data or "",
        form.language_of_mails.data,
        person.zone,
        form.function.data or "",
    )
    try:
        focal_point_claims.hand_over(person, office.id, candidate, form.chosen_day())
    except NotFound:
        raise
    except DomainError as error:
        return _hand_over_page(with_error(form, error), office, error.status)
    flash(
        _("The person you named gets a mail now. Once they confirm their address, the secretariat decides."), "success"
    )
    return redirect(url_for("accounts.focal_points", code=office.code))


def _hand_over_page(form: SuccessorForm, office: Office, status: int = 200) -> ResponseReturnValue:
    return page("accounts/hand_over.html", status, form=form, office=office, office_name=office_name(office))


@blueprint.route("/offices/<code>/focal-points/give-up", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def give_up_role(code: str) -> ResponseReturnValue:
    """A focal point stops speaking for the office."""
    person = acting_person()
    office = office_for_reader(code)
    own = focal_points.own_role(person, office.id)
    form = GiveUpForm()
    context: dict[str, Any] = {
        "office": office,
        "office_name": office_name(office),
        "form": form,
        "others": others_after(office.id, today(), own.person),
    }
    if request.method == "GET":
        return page("accounts/give_up_role.html", **context)
    if not form.validate():
        return page("accounts/give_up_role.html", 422, **context)
    try:
        focal_points.give_up(person, office.id, form.chosen_day())
    except NotFound:
        raise
    except DomainError as error:
        with_error(form, error)
        return page("accounts/give_up_role.html", error.status, **context)
    flash(_giving_up_said(form.chosen_day()), "success")
    return redirect(url_for("desks.home"))


def _giving_up_said(last_day: date | None) -> str:
    if last_day is None:
        return _("You have given up the role. Thank you for what you did in it.")
    return _("The last day of your role is set. Until then you can do all you could.")


@blueprint.route("/offices/<code>/focal-points/<public_id>", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def focal_point(code: str, public_id: str) -> ResponseReturnValue:
    """How long somebody speaks for an office: a coordinator sets the last day, or ends the role."""
    office = office_for_reader(code)
    grant = focal_point_of(office.id, public_id)
    form = TermForm(data={"last_day": grant.valid_to or focal_points.usual_last_day()})
    context: dict[str, Any] = {"office": office, "office_name": office_name(office), "row": _row(grant), "form": form}
    if request.method == "GET":
        return page("accounts/focal_point.html", **context)
    if "end" in request.form:
        focal_points.end(acting_person(), office.id, public_id)
        flash(_("The role is ended, and the person is told by mail."), "success")
        return redirect(url_for("accounts.focal_points", code=office.code))
    if not form.validate():
        return page("accounts/focal_point.html", 422, **context)
    try:
        focal_points.extend(acting_person(), office.id, public_id, form.last_day.data)
    except NotFound:
        raise
    except DomainError as error:
        with_error(form, error)
        return page("accounts/focal_point.html", error.status, **context)
    flash(_("The last day of the role is set, and the person is told by mail."), "success")
    return redirect(url_for("accounts.focal_points", code=office.code))


def office_for_reader(code: str) -> Office:
    """An office whose own pages the reader may open. Raises `NotFound` for any other, whether it exists or not."""
    office = office_by_code(code)
    if office is None or not may_edit_office(acting_person(), office.id):
        raise NotFound()
    return office
