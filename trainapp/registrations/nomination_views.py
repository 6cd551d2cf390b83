"""The people whom an office names for a session: who they are, and naming, replacing, ordering them one by one."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.accounts.queries import may
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import LANGUAGES, _
from trainapp.core.timefmt import number
from trainapp.core.web import number_in_query, page
from trainapp.offices.queries import office_name
from trainapp.registrations import nominations
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.decisions import withdraw
from trainapp.registrations.forms import RegistrationForm
from trainapp.registrations.models import ACTIVE, Registration, RegistrationState
from trainapp.registrations.nomination_forms import NominationForm, choices_of_offices
from trainapp.registrations.nomination_labels import list_label
from trainapp.registrations.nomination_queries import (
    PageOf,
    Share,
    lists_not_finished,
    named_elsewhere,
    offices_named_for,
    people_named,
    person_named,
    session_to_nominate,
    shares_of,
)
from trainapp.registrations.people_rows import PersonRow, person_row
from trainapp.registrations.queries import position_on_waiting_list
from trainapp.registrations.service import Details
from trainapp.registrations.substitutes import substitute
from trainapp.registrations.views import details_in
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_title


@dataclass(frozen=True)
class NamedRow:
    """Somebody on the list of their office, and what may be done about them."""

    person: PersonRow
    is_own: bool
    is_active: bool
    may_go_up: bool
    may_go_down: bool


@blueprint.get("/<lang:language>/sessions/<code>/nominations", endpoint="nominations")
@access(Permission.ASK_FOR_TRAINING)
def show_nominations(code: str) -> ResponseReturnValue:
    """The people of one's office in a session, in their order."""
    reader = acting_person()
    session = session_to_nominate(reader, code)
    shares = shares_of(reader, session)
    office = next((share.office for share in shares if share.office.code == request.args.get("office")), None)
    people, where = people_named(reader, session, office, number_in_query("page", 1))
    return page(
        "registrations/nominations.html",
        **_common(session),
        is_open=nominations.takes_nominations(session),
        shares=shares,
        seats_per_office=session.seats_per_office,
        office=office,
        office_name=office_name,
        rows=_rows(people, shares),
        elsewhere=named_elsewhere(reader, session),
        lists=[(found, list_label(found)) for found in lists_not_finished(reader, session)],
        **pages_of(where, "registrations.nominations", code=code, **({"office": office.code} if office else {})),
    )


@blueprint.route("/<lang:language>/sessions/<code>/nominations/add", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def nominate(code: str) -> ResponseReturnValue:
    actor = acting_person()
    session = session_to_nominate(actor, code)
    form = NominationForm(
        offices=offices_to_choose(actor, session),
        data=None if request.method == "POST" else prefilled(actor, session),
    )
    if request.method == "GET":
        return _add_page(form, session)
    if not form.validate():
        return _add_page(form, session, 422)
    try:
        nominations.name_person(actor, session, details_of(form, actor, session))
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _add_page(with_error(form, error), session, error.status)
    flash(
        _("%(name)s is named, and gets a mail with all that is needed in their own language.", name=form.name.data),
        "success",
    )
    return redirect(url_for("registrations.nominations", code=code))


@blueprint.route("/<lang:language>/sessions/<code>/nominations/people/<public_id>/substitute", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def substitute_named(code: str, public_id: str) -> ResponseReturnValue:
    """Send somebody else of the same office in a person's place."""
    actor = acting_person()
    session = session_to_nominate(actor, code)
    registration = person_named(actor, session, public_id)
    values = {"language_of_mails": registration.language, "zone": registration.zone}
    form = NominationForm(offices=[("", "")], data=None if request.method == "POST" else values)
    if request.method == "GET":
        return _substitute_page(form, session, registration)
    if not form.validate():
        return _substitute_page(form, session, registration, 422)
    try:
        substitute(actor, registration, details_in(form))
    except DomainError as error:
        if error.field is None:
            raise
        return _substitute_page(with_error(form, error), session, registration, error.status)
    flash(
        _(
            "%(new)s is named in the place of %(old)s. Both get a mail.",
            new=form.name.data,
            old=registration.name,
        ),
        "success",
    )
    return redirect(url_for("registrations.nominations", code=code))


@blueprint.route("/<lang:language>/sessions/<code>/nominations/people/<public_id>/remove", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def take_off(code: str, public_id: str) -> ResponseReturnValue:
    """What it means to take somebody off the list, and doing it."""
    actor = acting_person()
    session = session_to_nominate(actor, code)
    registration = person_named(actor, session, public_id)
    if request.method == "GET":
        return page("registrations/nomination_take_off.html", row=person_row(registration, ()), **_common(session))
    withdraw(actor, registration)
    flash(_("%(name)s is taken off the list, and gets a mail that says so.", name=registration.name), "success")
    return redirect(url_for("registrations.nominations", code=code))


@blueprint.post("/<lang:language>/sessions/<code>/nominations/people/<public_id>/move")
@access(Permission.ASK_FOR_TRAINING)
def move_named(code: str, public_id: str) -> ResponseReturnValue:
    """Change places with the next of the same office who waits."""
    actor = acting_person()
    session = session_to_nominate(actor, code)
    registration = person_named(actor, session, public_id)
    nominations.move_in_line(actor, registration, is_up=request.form.get("to") != "down")
    flash(
        _(
            "%(name)s is number %(position)s on the waiting list.",
            name=registration.name,
            position=number(position_on_waiting_list(registration)),
        ),
        "success",
    )
    shown: dict[str, Any] = {name: request.form[name] for name in ("office", "page") if request.form.get(name)}
    return redirect(url_for("registrations.nominations", code=code, **shown))


def offices_to_choose(person: Person, session: TrainingSession) -> list[tuple[str, str]]:
    any_office = may(person, Permission.COORDINATE)
    return choices_of_offices(offices_named_for(person, session), any_office=any_office)


def prefilled(person: Person, session: TrainingSession) -> dict[str, str]:
    """The office somebody names people for first, with its zone and the first of its languages."""
    offices = sorted(offices_named_for(person, session), key=office_name)
    office = next((each for each in offices if each.id == person.office_id), offices[0] if offices else None)
    if office is None:
        return {"office": "", "zone": session.zone, "language_of_mails": session.language or person.language}
    language = next((code for code in office.languages if code in LANGUAGES), person.language)
    return {"office": office.code, "zone": office.zone, "language_of_mails": language}


def details_of(form: RegistrationForm, person: Person, session: TrainingSession) -> Details:
    """What a form says of a person; where it did not ask for the office, it is the one there is."""
    details = details_in(form)
    if form.office:
        return details
    [office] = offices_named_for(person, session)
    return Details(details.name, details.address, details.language, details.zone, office)


def pages_of(where: PageOf, endpoint: str, **arguments: Any) -> dict[str, Any]:
    """What a pager needs to know."""

    def url(wanted: int) -> str | None:
        return url_for(endpoint, **arguments, page=wanted) if 1 <= wanted <= where.pages else None

    return {
        "page_number": where.number,
        "pages": where.pages,
        "previous_url": url(where.number - 1),
        "next_url": url(where.number + 1),
    }


def _rows(people: list[Registration], shares: list[Share]) -> list[NamedRow]:
    by_office: dict[int | None, Share] = {share.office.id: share for share in shares}
    return [_row(registration, by_office.get(registration.office_id)) for registration in people]


def _row(registration: Registration, share: Share | None) -> NamedRow:
    waits = registration.state is RegistrationState.WAITLISTED and registration.nominated_by_id is not None
    return NamedRow(
        person=person_row(registration, ()),
        is_own=registration.nominated_by_id is not None,
        is_active=registration.state in ACTIVE,
        may_go_up=waits and share is not None and registration.place != share.first_waiting,
        may_go_down=waits and share is not None and registration.place != share.last_waiting,
    )


def _common(session: TrainingSession) -> dict[str, Any]:
    return {"code": session.code, "title": session_title(session)}


def _add_page(form: NominationForm, session: TrainingSession, status: int = 200) -> ResponseReturnValue:
    is_open = nominations.takes_nominations(session)
    return page("registrations/nominate.html", status, form=form, is_open=is_open, **_common(session))


def _substitute_page(
    form: NominationForm, session: TrainingSession, registration: Registration, status: int = 200
) -> ResponseReturnValue:
    row = person_row(registration, ())
    return page("registrations/nomination_substitute.html", status, form=form, row=row, **_common(session))
