"""Pages that a mailed link opens: one's own registration, its details, another address, the personal feed."""

from typing import Any

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import person_signed_in
from trainapp.calendar.components import CONTENT_TYPE
from trainapp.calendar.feeds import feed_etag
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _
from trainapp.core.web import page
from trainapp.files.downloads import send_download
from trainapp.offices.queries import office_by_code
from trainapp.registrations import own_address, own_details, personal_feed, service
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.forms import AddressForm, DeclineForm, DetailsForm, NameForm, RegistrationForm
from trainapp.registrations.invitations import personal_file
from trainapp.registrations.models import SEATED, Registration, RegistrationState
from trainapp.registrations.own_details import OwnDetails
from trainapp.registrations.own_page_views import own_page
from trainapp.registrations.substitutes import substitute_by_link
from trainapp.registrations.views import details_in
from trainapp.scheduling.materials import file_with_a_seat
from trainapp.scheduling.queries import is_over, session_title


@blueprint.get("/<lang:language>/registrations/<token>")
@access(Permission.BY_LINK)
def manage(token: str) -> ResponseReturnValue:
    _link, registration = service.open_link(token)
    return own_page(token, registration)


@blueprint.post("/<lang:language>/registrations/<token>/confirm")
@access(Permission.BY_LINK)
def confirm(token: str) -> ResponseReturnValue:
    registration = service.confirm(token)
    said = {
        RegistrationState.WAITLISTED: _("Your place on the waiting list is confirmed."),
        RegistrationState.APPLIED: _("Your application is confirmed."),
    }
    flash(said.get(registration.state) or _("Your seat is confirmed."), "success")
    return _back(token)


@blueprint.post("/<lang:language>/registrations/<token>/cancel")
@access(Permission.BY_LINK)
def cancel(token: str) -> ResponseReturnValue:
    service.cancel(token)
    flash(_("Your registration is cancelled. A mail takes the meetings out of your calendar."), "success")
    return _back(token)


@blueprint.post("/<lang:language>/registrations/<token>/decline")
@access(Permission.BY_LINK)
def decline(token: str) -> ResponseReturnValue:
    """Say no to being named by an office, with a reason or without."""
    _link, registration = service.open_link(token)
    form = DeclineForm()
    if not form.validate():
        return own_page(token, registration, 422, decline_form=form)
    service.decline_nomination(token, form.reason.data or "")
    flash(_("You have declined. A mail takes the meetings out of your calendar, and who named you is told."), "success")
    return _back(token)


@blueprint.post("/<lang:language>/registrations/<token>/return")
@access(Permission.BY_LINK)
def come_back(token: str) -> ResponseReturnValue:
    service.come_back(token)
    flash(_("You are registered again. A mail with all you need is on its way."), "success")
    return _back(token)


@blueprint.route("/<lang:language>/registrations/<token>/substitute", methods=["GET", "POST"])
@access(Permission.BY_LINK)
def substitute(token: str) -> ResponseReturnValue:
    """Somebody else comes in one's place, for the same office."""
    _link, registration = service.open_link(token)
    form = RegistrationForm(data=_as_registered(registration) if request.method == "GET" else None)
    del form.office
    if request.method == "GET" or not form.validate():
        return _form_page("substitute", token, registration, form)
    try:
        substitute_by_link(token, details_in(form))
    except DomainError as error:
        if error.field is None:
            raise
        return _form_page("substitute", token, registration, with_error(form, error))
    flash(_("The person you named has your place now, and gets a mail with all they need."), "success")
    return _back(token)


def _as_registered(registration: Registration) -> dict[str, str]:
    """The language and zone of a colleague are most often one's own."""
    return {"language_of_mails": registration.language, "zone": registration.zone}


@blueprint.route("/<lang:language>/registrations/<token>/details", methods=["GET", "POST"])
@access(Permission.BY_LINK)
def details(token: str) -> ResponseReturnValue:
    """Name, office, language and zone; once the session is over, the name alone."""
    _link, registration = service.open_link(token)
    form = _details_form(registration)
    if request.method == "GET" or not form.validate():
        return _form_page("details", token, registration, form)
    try:
        is_changed = own_details.change_details(token, _details_in(form, registration))
    except DomainError as error:
        if error.field is None:
            raise
        return _form_page("details", token, registration, with_error(form, error))
    if is_changed:
        flash(_("Your details are changed. A mail says what changed."), "success")
    else:
        flash(_("Nothing was changed."), "success")
    return _back(token)


def _details_form(registration: Registration) -> Any:
    """What this person may change of their details as matters stand; an office that named them stays."""
    said = {
        "name": registration.name,
        "office": registration.office.code if registration.office else "",
        "language_of_mails": registration.language,
        "zone": registration.zone,
    }
    if is_over(registration.session):
        return NameForm(data=said)
    form = DetailsForm(data=said)
    if not own_details.may_change_office(registration):
        del form.office
    return form


def _details_in(form: Any, registration: Registration) -> OwnDetails:
    """What was typed; what the form does not ask for stays."""
    before = own_details.details_of(registration)
    if isinstance(form, NameForm):
        return OwnDetails(form.name.data, before.office, before.language, before.zone)
    office = before.office
    if form.office is not None:
        office = office_by_code(form.office.data) if form.office.data else None
    return OwnDetails(form.name.data, office, form.language_of_mails.data, form.zone.data)


@blueprint.route("/<lang:language>/registrations/<token>/address", methods=["GET", "POST"])
@access(Permission.BY_LINK)
def address(token: str) -> ResponseReturnValue:
    """Ask for one's mails to go to another address."""
    _link, registration = service.open_link(token)
    signed_in, form = person_signed_in(), AddressForm()
    must_sign_in = own_address.must_sign_in(registration.person, signed_in)
    if request.method == "GET" or not form.validate():
        return _form_page("address", token, registration, form, must_sign_in=must_sign_in)
    own_address.ask_address_change(token, form.email.data, signed_in)
    return redirect(url_for("registrations.address_asked", token=token))


@blueprint.get("/<lang:language>/registrations/<token>/address-asked")
@access(Permission.BY_LINK)
def address_asked(token: str) -> ResponseReturnValue:
    """The same for every address, whoever has it."""
    _link, registration = service.open_link(token)
    return page("registrations/address_asked.html", token=token, title=session_title(registration.session))


@blueprint.get("/<lang:language>/address/<token>")
@access(Permission.BY_LINK)
def new_address(token: str) -> ResponseReturnValue:
    """What the link in the mail to a new address opens; a button takes the address."""
    link, change = own_address.open_address_link(token)
    return page(
        "registrations/new_address.html",
        token=token,
        address=change.address,
        is_done=link.used_at is not None,
        must_sign_in=own_address.must_sign_in(change.person, person_signed_in()),
    )


@blueprint.post("/<lang:language>/address/<token>")
@access(Permission.BY_LINK)
def take_new_address(token: str) -> ResponseReturnValue:
    own_address.change_address(token, person_signed_in())
    return redirect(url_for("registrations.new_address", token=token))


@blueprint.post("/<lang:language>/registrations/<token>/feed")
@access(Permission.BY_LINK)
def send_feed(token: str) -> ResponseReturnValue:
    """A new address of the person's own feed, by mail alone."""
    personal_feed.send_feed_address(token)
    flash(_("The address of your calendar feed is on its way to your mailbox."), "success")
    return _back(token)


@blueprint.get("/calendar/<token>.ics")
@access(Permission.BY_LINK)
def personal_feed_file(token: str) -> ResponseReturnValue:
    """What a calendar program asks for: without a cookie, and never kept by anybody on the way."""
    content = personal_feed.feed_of_token(token, alarm=request.args.get("alarm") == "1")
    response: Response = make_response(content)
    response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.set_etag(feed_etag(content))
    response.make_conditional(request)
    return response


@blueprint.get("/<lang:language>/registrations/<token>/calendar.ics")
@access(Permission.BY_LINK)
def calendar_file(token: str) -> ResponseReturnValue:
    """All meetings to come, with the link to join, for somebody who has a seat."""
    _link, registration = service.open_link(token)
    return _own_file(registration, None, registration.session.code)


@blueprint.get("/<lang:language>/registrations/<token>/meetings/<int:number>.ics")
@access(Permission.BY_LINK)
def meeting_file(token: str, number: int) -> ResponseReturnValue:
    _link, registration = service.open_link(token)
    return _own_file(registration, number, f"{registration.session.code}-{number}")


def _own_file(registration: Registration, number: int | None, name: str) -> Response:
    content = personal_file(registration, number) if registration.state in SEATED else None
    if content is None:
        raise NotFound()
    response = Response(content, content_type=CONTENT_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.ics")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<lang:language>/registrations/<token>/materials/<public_id>")
@access(Permission.BY_LINK)
def material_file(token: str, public_id: str) -> ResponseReturnValue:
    """A file of the session for somebody whose seat is confirmed; to others it is not there."""
    _link, registration = service.open_link(token)
    if registration.state is not RegistrationState.CONFIRMED:
        raise NotFound()
    return send_download(file_with_a_seat(registration.session, public_id))


def _form_page(name: str, token: str, registration: Registration, form: Any, **context: Any) -> Any:
    """A page of one form about a registration; one that was not right comes back as it was typed."""
    return page(
        f"registrations/{name}.html",
        422 if form.errors else 200,
        form=form,
        token=token,
        title=session_title(registration.session),
        **context,
    )


def _back(token: str) -> ResponseReturnValue:
    return redirect(url_for("registrations.manage", token=token))
