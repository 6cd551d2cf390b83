"""The people of a session, for those who run it: the list, one person, and what is done with several at once."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.links import mail_address_of
from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _, current_language, direction_of
from trainapp.core.reader import reader_zone
from trainapp.core.timefmt import zone_label
from trainapp.core.web import page
from trainapp.documents.sheets import write_csv, write_xlsx
from trainapp.mail.labels import mail_state_tag
from trainapp.registrations import people, service, substitutes
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.forms import RegistrationForm
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.mail_queries import MailTrouble, mails_about
from trainapp.registrations.models import ACTIVE, Registration, RegistrationState, Reply
from trainapp.registrations.people_forms import PeopleForm, PeopleStep
from trainapp.registrations.people_labels import reply_label, trouble_label
from trainapp.registrations.people_queries import (
    PeopleCounts,
    PeoplePage,
    languages_of_people,
    offices_of_people,
    people_counts,
    people_fitting,
    people_page,
    person_names,
    registration_to_run,
    session_to_run,
    substitute_of,
)
from trainapp.registrations.people_rows import calendar_rows, person_row, person_rows, sheet_headers, sheet_rows
from trainapp.registrations.service import Details
from trainapp.registrations.views import details_in
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession
from trainapp.scheduling.queries import is_over, session_title

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


@blueprint.get("/<lang:language>/sessions/<code>/people", endpoint="people")
@access(Permission.TEACH)
def list_people(code: str) -> ResponseReturnValue:
    session = session_to_run(acting_person(), code)
    form = people_form(session)
    found = people_page(session, form.wanted(), request.args.get("page", 1, type=int))
    counts = people_counts(session)
    return page(
        "registrations/people.html",
        **frame_of(session),
        form=form,
        rows=person_rows(found.registrations),
        total=found.total,
        counts=counts,
        shortcuts=_shortcuts(session, counts, form.in_address()),
        filtered=bool(form.in_address()),
        chosen=form.in_address(),
        steps=[(step.value, step_label(step)) for step in PeopleStep if _is_of_use(step, session, counts)],
        **_pages(session, found, form.in_address()),
    )


def people_form(session: TrainingSession) -> PeopleForm:
    """The filter of the address, with what the session's people offer."""
    form = PeopleForm(request.args)
    form.offer(offices_of_people(session), languages_of_people(session))
    return form


def frame_of(session: TrainingSession) -> dict[str, Any]:
    """What every page about the people of a session shows of it."""
    is_to_come = session.state is SessionState.PUBLISHED and not is_over(session)
    return {
        "session": session,
        "title": session_title(session),
        "is_to_come": is_to_come,
        "takes_attendance": session.state in (SessionState.PUBLISHED, SessionState.DELIVERED),
    }


def step_label(step: PeopleStep) -> str:
    labels = {
        PeopleStep.APPROVE: _("Approve"),
        PeopleStep.DECLINE: _("Decline"),
        PeopleStep.MOVE: _("Move to another session"),
        PeopleStep.MESSAGE: _("Write a message"),
    }
    return labels[step]


def _is_of_use(step: PeopleStep, session: TrainingSession, counts: PeopleCounts) -> bool:
    if step is PeopleStep.MESSAGE:
        return True
    if session.state is not SessionState.PUBLISHED or is_over(session):
        return False
    by_approval = session.policy is RegistrationPolicy.APPROVAL or counts.states.get(RegistrationState.APPLIED, 0) > 0
    return by_approval if step is PeopleStep.APPROVE else True


def _shortcuts(session: TrainingSession, counts: PeopleCounts, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Each state, answer and trouble there is, with how many people are in it, and the list of these."""
    ways: list[tuple[str, int | None, dict[str, Any]]] = [
        *(
            (registration_state_label(each), counts.states.get(each), {"state": each.value})
            for each in RegistrationState
        ),
        *((reply_label(each), counts.replies.get(each), {"reply": each.value}) for each in Reply),
        *((trouble_label(each), counts.troubles[each], {"mails": each.value}) for each in MailTrouble),
    ]
    return [
        {
            "label": label,
            "count": count,
            "url": url_for("registrations.people", code=session.code, **query),
            "is_current": chosen == query,
        }
        for label, count, query in ways
        if count
    ]


def _pages(session: TrainingSession, found: PeoplePage, query: dict[str, Any]) -> dict[str, Any]:
    def address(number: int) -> str | None:
        if not 1 <= number <= found.pages:
            return None
        return url_for("registrations.people", code=session.code, **query, page=number)

    return {
        "page_number": found.number,
        "pages": found.pages,
        "previous_url": address(found.number - 1),
        "next_url": address(found.number + 1),
    }


@blueprint.get("/<lang:language>/sessions/<code>/people/file")
@access(Permission.TEACH)
def people_file(code: str) -> ResponseReturnValue:
    """The list as it is narrowed, for a spreadsheet: XLSX, or CSV where that is asked for."""
    session = session_to_run(acting_person(), code)
    found = people_fitting(session, people_form(session).wanted())
    is_csv = request.args.get("format") == "csv"
    if is_csv:
        content = write_csv(sheet_headers(), sheet_rows(found))
    else:
        is_rtl = direction_of(current_language()) == "rtl"
        content = write_xlsx(_("People"), sheet_headers(), sheet_rows(found), right_to_left=is_rtl)
    response = Response(content, content_type=CSV if is_csv else XLSX)
    name = f"{session.code}-people.{'csv' if is_csv else 'xlsx'}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/<lang:language>/sessions/<code>/people/add", methods=["GET", "POST"])
@access(Permission.TEACH)
def add_person(code: str) -> ResponseReturnValue:
    """Register somebody for them; they get the mail, and confirm it themselves."""
    actor = acting_person()
    session = session_to_run(actor, code)
    zone, language = session.zone, session.language or current_language()
    form = RegistrationForm(data={"zone": zone, "language_of_mails": language} if request.method == "GET" else None)
    if request.method == "GET":
        return _add_page(session, form)
    if not form.validate():
        return _add_page(session, form, 422)
    try:
        registration = service.register_on_behalf(actor, session, details_in(form))
    except NotFound:
        raise
    except DomainError as error:
        return _add_page(session, with_error(form, error), error.status)
    if registration is None:
        flash(_("This person was on the list already, and gets the link to their registration again."), "warning")
        return redirect(url_for("registrations.people", code=code, words=form.email.data))
    flash(_("%(person)s is on the list now, and is told by mail.", person=registration.name), "success")
    return redirect(url_for("registrations.person", code=code, public_id=registration.public_id))


def _add_page(session: TrainingSession, form: RegistrationForm, status: int = 200) -> ResponseReturnValue:
    return page("registrations/people_add.html", status, **frame_of(session), form=form)


@blueprint.get("/<lang:language>/sessions/<code>/people/<public_id>")
@access(Permission.TEACH)
def person(code: str, public_id: str) -> ResponseReturnValue:
    """One person: what they said of themselves, what their calendar was told, the mails to them."""
    session = session_to_run(acting_person(), code)
    registration = registration_to_run(session, public_id)
    mails = mails_about(registration)
    substitute = substitute_of(registration)
    names = person_names([registration.decided_by_id])
    return page(
        "registrations/person.html",
        **frame_of(session),
        registration=registration,
        row=person_row(registration, {mail.state for mail in mails}),
        address=mail_address_of(registration.person),
        substitute=substitute,
        zone_of_person=zone_label(registration.zone, now()),
        decided_by=names.get(registration.decided_by_id or 0, ""),
        calendar=calendar_rows(registration, reader_zone().zone),
        mails=[{**mail, "tag": mail_state_tag(mail.state)} for mail in mails],
        is_active=registration.state in ACTIVE,
        is_applied=registration.state is RegistrationState.APPLIED,
    )


@blueprint.post("/<lang:language>/sessions/<code>/people/<public_id>/link")
@access(Permission.TEACH)
def send_link(code: str, public_id: str) -> ResponseReturnValue:
    actor = acting_person()
    session = session_to_run(actor, code)
    back = redirect(url_for("registrations.person", code=code, public_id=public_id))
    try:
        registration = people.send_link(actor, session, public_id)
    except NotFound:
        raise
    except DomainError as error:
        flash(str(error.message), "error")
        return back
    flash(_("The mail to %(person)s is on its way.", person=registration.name), "success")
    return back


@blueprint.route("/<lang:language>/sessions/<code>/people/<public_id>/substitute", methods=["GET", "POST"])
@access(Permission.TEACH)
def send_substitute(code: str, public_id: str) -> ResponseReturnValue:
    """Somebody else comes in the place of this person."""
    actor = acting_person()
    session = session_to_run(actor, code)
    registration = registration_to_run(session, public_id)
    form = RegistrationForm(data=_like(registration) if request.method == "GET" else None)
    del form.office  # a substitute comes for the same office
    if request.method == "GET":
        return _substitute_page(session, registration, form)
    if not form.validate():
        return _substitute_page(session, registration, form, 422)
    details = Details(
        form.name.data or "",
        form.email.data or "",
        form.language_of_mails.data,
        form.zone.data,
        registration.office,
    )
    try:
        substitutes.substitute(actor, registration, details)
    except NotFound:
        raise
    except DomainError as error:
        return _substitute_page(session, registration, with_error(form, error), error.status)
    flash(_("%(person)s comes now. Both are told by mail.", person=details.name), "success")
    return redirect(url_for("registrations.people", code=code))


def _like(registration: Registration) -> dict[str, str]:
    return {"language_of_mails": registration.language, "zone": registration.zone}


def _substitute_page(
    session: TrainingSession, registration: Registration, form: RegistrationForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registrations/people_substitute.html", status, **frame_of(session), registration=registration, form=form
    )
