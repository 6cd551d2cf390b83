"""Pages on which an office says when it works, and whom to write to there."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.queries import may, may_edit_office, offices_spoken_for
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _
from trainapp.core.timefmt import wall_hours, weekday_name, zone_label
from trainapp.core.web import page
from trainapp.desks.blueprint import blueprint
from trainapp.desks.office_settings_forms import ContactForm, OfficeSettingsForm, values_of, values_of_contact
from trainapp.offices import contacts
from trainapp.offices.models import Office, OfficeContact
from trainapp.offices.queries import office_by_code, office_name
from trainapp.offices.working_week import Source, change_working_week, mark_of, weekend_said


@blueprint.route("/offices/<code>/settings", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def edit_office(code: str) -> ResponseReturnValue:
    """When an office works: said by its focal points, or entered by a coordinator, who also sets its domains."""
    person = acting_person()
    office = _office_of_reader(code)
    sets_domains = may(person, Permission.COORDINATE)
    form = OfficeSettingsForm(office, data=_shown(office), sets_domains=sets_domains)
    if request.method == "GET":
        return _settings_page(form, office)
    if not form.validate():
        return _settings_page(form, office, 422)
    source = Source.OFFICE if office.id in offices_spoken_for(person) else Source.SECRETARIAT
    try:
        change_working_week(person.id, office.id, form.wanted(), source, form.seen.data or "")
    except DomainError as error:
        if isinstance(error, Conflict):
            form.seen.data = mark_of(office)  # what stands now is shown beside the form: sent again, it counts
        return _settings_page(with_error(form, error), office, error.status)
    flash(_("Saved. Times are now compared with this working week."), "success")
    return redirect(url_for("desks.office", code=code))


def _shown(office: Office) -> dict[str, object] | None:
    return values_of(office) if request.method == "GET" else None


def _settings_page(form: OfficeSettingsForm, office: Office, status: int = 200) -> ResponseReturnValue:
    return page(
        "desks/edit_office.html",
        status,
        form=form,
        office=office,
        office_name=office_name(office),
        said=weekend_said(office),
        is_late=status == Conflict.status,
        weekend_names=[weekday_name(day) for day in office.weekend],
        work_hours=wall_hours(office.work_start, office.work_end),
        office_zone=zone_label(office.zone, now()),
    )


@blueprint.get("/offices/<code>/contacts", endpoint="contacts")
@access(Permission.ASK_FOR_TRAINING)
def list_contacts(code: str) -> ResponseReturnValue:
    office = _office_of_reader(code)
    found = contacts.contacts_of(office)
    return page("desks/contacts.html", office=office, office_name=office_name(office), contacts=found)


@blueprint.route("/offices/<code>/contacts/new", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def new_contact(code: str) -> ResponseReturnValue:
    office = _office_of_reader(code)
    form = ContactForm()
    if request.method == "GET":
        return _contact_page(form, office)
    if not form.validate():
        return _contact_page(form, office, status=422)
    try:
        contacts.add_contact(acting_person().id, office, form.details())
    except DomainError as error:
        return _contact_page(with_error(form, error), office, status=error.status)
    flash(_("The contact is saved."), "success")
    return redirect(url_for("desks.contacts", code=code))


@blueprint.route("/offices/<code>/contacts/<public_id>", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def edit_contact(code: str, public_id: str) -> ResponseReturnValue:
    office = _office_of_reader(code)
    contact = contacts.contact_of(office, public_id)
    form = ContactForm(data=values_of_contact(contact) if request.method == "GET" else None)
    if request.method == "GET":
        return _contact_page(form, office, contact)
    if not form.validate():
        return _contact_page(form, office, contact, 422)
    try:
        contacts.change_contact(acting_person().id, office, public_id, form.details())
    except NotFound:
        raise
    except DomainError as error:
        return _contact_page(with_error(form, error), office, contact, error.status)
    flash(_("The contact is saved."), "success")
    return redirect(url_for("desks.contacts", code=code))


@blueprint.post("/offices/<code>/contacts/<public_id>/remove")
@access(Permission.ASK_FOR_TRAINING)
def remove_contact(code: str, public_id: str) -> ResponseReturnValue:
    office = _office_of_reader(code)
    contacts.remove_contact(acting_person().id, office, public_id)
    flash(_("The contact is removed."), "success")
    return redirect(url_for("desks.contacts", code=code))


def _contact_page(
    form: ContactForm, office: Office, contact: OfficeContact | None = None, status: int = 200
) -> ResponseReturnValue:
    return page(
        "desks/contact.html", status, form=form, office=office, office_name=office_name(office), contact=contact
    )


def _office_of_reader(code: str) -> Office:
    """An office that the reader may speak for or coordinate. Raises `NotFound` for any other, known or not."""
    office = office_by_code(code)
    if office is None or not may_edit_office(acting_person(), office.id):
        raise NotFound()
    return office
