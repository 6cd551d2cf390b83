"""Pages of registering for a session, and of asking for one's link again."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue

from trainapp.accounts.links import address_of
from trainapp.accounts.login import person_signed_in
from trainapp.accounts.models import Person
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import current_language
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.offices.queries import office_by_code
from trainapp.registrations import service
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.forms import AddressForm, RegistrationForm
from trainapp.registrations.own_page_views import meeting_lines
from trainapp.registrations.own_queries import last_registration
from trainapp.registrations.queries import is_full
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession
from trainapp.scheduling.queries import may_nominate, registration_is_open_to, session_by_code, session_title

TYPED_BEFORE = "registered_as"
"""Where the browser's session keeps what was typed when somebody last registered here; it ends with the browser."""


@blueprint.route("/<lang:language>/sessions/<code>/register", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def register(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    if session.policy is RegistrationPolicy.NOMINATION and may_nominate(person_signed_in(), session):
        return redirect(url_for("registrations.nominate", code=code))
    form = RegistrationForm(data=None if request.method == "POST" else _prefilled())
    if request.method == "GET":
        return _register_page(form, session)
    if not form.validate():
        return _register_page(form, session, 422)
    signed_in = person_signed_in()
    try:
        service.register(session, details_in(form), signed_in)
    except DomainError as error:
        if error.field is None:
            raise
        return _register_page(with_error(form, error), session, error.status)
    if signed_in is None:
        browser[TYPED_BEFORE] = {name: form[name].data for name in _fields_of_person(form)}
    return redirect(url_for("registrations.registered", code=code))


def details_in(form: RegistrationForm) -> service.Details:
    """What a form that is right says of a person."""
    return service.Details(
        name=form.name.data or "",
        address=form.email.data or "",
        language=form.language_of_mails.data,
        zone=form.zone.data,
        office=office_by_code(form.office.data) if form.office and form.office.data else None,
    )


@blueprint.get("/<lang:language>/sessions/<code>/registered")
@access(Permission.PUBLIC)
def registered(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    return render_template(
        "registrations/registered.html",
        session=session,
        title=session_title(session),
        is_by_approval=session.policy is RegistrationPolicy.APPROVAL,
    )


@blueprint.route("/<lang:language>/sessions/<code>/link-again", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def link_again(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    form = AddressForm()
    context: dict[str, Any] = {"session": session, "title": session_title(session)}
    if request.method == "GET":
        return page("registrations/link_again.html", form=form, **context)
    if not form.validate():
        return page("registrations/link_again.html", 422, form=form, **context)
    service.send_link_again(session, form.email.data or "", current_language())
    return redirect(url_for("registrations.link_sent", code=code))


@blueprint.get("/<lang:language>/sessions/<code>/link-sent")
@access(Permission.PUBLIC)
def link_sent(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    return render_template("registrations/link_sent.html", session=session, title=session_title(session))


def _public_session(code: str) -> TrainingSession:
    session = session_by_code(code)
    if session is None or session.state is SessionState.DRAFT:
        raise NotFound()
    return session


def _prefilled() -> dict[str, str]:
    """What a person said of themselves the last time: by who is signed in, else by this browser, never by address."""
    values = {"language_of_mails": current_language(), "zone": reader_zone().zone}
    person = person_signed_in()
    if person is None:
        return values | browser.get(TYPED_BEFORE, {})
    return values | _last_details(person)


def _last_details(person: Person) -> dict[str, str]:
    said = last_registration(person) or person
    return {
        "name": said.name,
        "email": address_of(person),
        "office": said.office.code if said.office else "",
        "language_of_mails": said.language,
        "zone": said.zone,
    }


def _fields_of_person(form: RegistrationForm) -> list[str]:
    return [field.name for field in form if field.name != "csrf_token"]


def _register_page(form: RegistrationForm, session: TrainingSession, status: int = 200) -> ResponseReturnValue:
    return page(
        "registrations/register.html",
        status,
        form=form,
        session=session,
        title=session_title(session),
        is_open=registration_is_open_to(person_signed_in(), session),
        is_by_approval=session.policy is RegistrationPolicy.APPROVAL,
        is_full=is_full(session),
        meetings=meeting_lines(session, reader_zone().zone),
    )
