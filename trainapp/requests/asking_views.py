"""Pages on which a training is asked for: the list of an office's requests, the form, its drafts, the files."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.catalogue.queries import course_by_code
from trainapp.core import timefmt
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.errors import DomainError, Forbidden
from trainapp.core.forms import with_error
from trainapp.core.languages import _, current_language
from trainapp.core.reader import reader_zone
from trainapp.core.tokens import public_id as fresh_key
from trainapp.core.web import page
from trainapp.files.downloads import send_download
from trainapp.files.forms import uploads_of
from trainapp.files.limits import takes_uploads
from trainapp.requests import asking, queries
from trainapp.requests.asking_form import RequestForm, as_typed, values_of, week_of
from trainapp.requests.asking_queries import own_offices, request_to_copy
from trainapp.requests.attachments import attachment_for
from trainapp.requests.blueprint import blueprint
from trainapp.requests.forms import FilterForm, version_of
from trainapp.requests.labels import step_label
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.rows import row_of
from trainapp.requests.steps import Side
from trainapp.requests.wishes import same_wish, wish_of


@blueprint.get("/requests", endpoint="requests")
@access(Permission.ASK_FOR_TRAINING)
def list_requests() -> ResponseReturnValue:
    """The requests of the offices one speaks for; the secretariat reads all of them in its inbox."""
    person = acting_person()
    if queries.is_secretariat(person):
        return redirect(_with_this_query(url_for("scheduling.inbox")))
    offices = own_offices(person)
    filters = FilterForm(request.args, list(RequestState), offices)
    found = queries.requests_seen_by(
        person,
        state=filters.chosen_state(),
        office_code=filters.chosen_office(),
        page=request.args.get("page", 1, type=int),
    )
    return page(
        "requests/requests.html",
        rows=[row_of(item, Side.OFFICE) for item in found.requests],
        found=found,
        filters=filters,
        several_offices=len(offices) > 1,
        is_filtered=bool(filters.chosen_state() or filters.chosen_office()),
        previous_url=_page_url(found.page - 1) if found.page > 1 else None,
        next_url=_page_url(found.page + 1) if found.page < found.pages else None,
    )


def _with_this_query(address: str) -> str:
    query = urlencode(list(request.args.items(multi=True)))
    return f"{address}?{query}" if query else address


def _page_url(number: int) -> str:
    arguments: dict[str, Any] = {name: value for name, value in request.args.items() if name in ("state", "office")}
    return url_for("requests.requests", page=number, **arguments)


@blueprint.route("/requests/new", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
@takes_uploads
def new_request() -> ResponseReturnValue:
    person = acting_person()
    if request.method == "GET":
        return _form_page(_first_form(person), person)
    form = RequestForm(person)
    before = asking.request_of_key(person, form.key.data or "")
    if "keep" in request.form:
        return _keep(person, form, before)
    return _send(person, form, before, is_new=True)


def _first_form(person: Person) -> RequestForm:
    """What can be known before anything is typed: the reader's language, the office's week, a copied request."""
    values: dict[str, Any] = {"first_language": current_language(), "key": fresh_key()}
    offices = own_offices(person)
    if len(offices) == 1 and not queries.is_secretariat(person):
        values |= week_of(offices[0])
    course = course_by_code(request.args.get("course", ""))
    if course is not None:
        values |= {"course": course.code, "level": course.level.value}
    if "copy" in request.args:
        copied = request_to_copy(person, request.args["copy"])
        values |= values_of(asking.copy_of(copied)) | {"copied_from": copied.public_id}
    return RequestForm(person, data=values)


@blueprint.route("/requests/<public_id>/edit", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
@takes_uploads
def edit_request(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    item = queries.request_for(person, public_id)
    if request.method == "GET":
        if item.state is not RequestState.DRAFT:
            return redirect(url_for("requests.request", public_id=public_id))
        return _form_page(_draft_form(person, item), person, item)
    form = RequestForm(person, editing=True)
    if "keep" in request.form:
        return _keep(person, form, item)
    return _send(person, form, item)


def _draft_form(person: Person, item: TrainingRequest) -> RequestForm:
    if item.typed:
        form = RequestForm(person, editing=True, formdata=as_typed(item.typed))
    else:
        form = RequestForm(person, editing=True, data=values_of(wish_of(item)))
    form.key.data, form.version.data = item.public_id, str(item.version)
    return form


@blueprint.post("/requests/drafts")
@access(Permission.ASK_FOR_TRAINING)
def keep_draft() -> ResponseReturnValue:
    """What the script sends by itself while somebody writes; answers with what the page then has to know."""
    person = acting_person()
    form = RequestForm(person, editing=True)
    try:
        item = _kept(person, form, asking.request_of_key(person, form.key.data or ""))
    except DomainError as error:
        return jsonify(message=str(error.message)), error.status
    saved_at = timefmt.moment(now(), reader_zone().zone)
    return jsonify(
        public_id=item.public_id,
        version=item.version,
        url=url_for("requests.edit_request", public_id=item.public_id),
        message=_("Kept as a draft: %(time)s", time=saved_at),
    )


@blueprint.post("/requests/<public_id>/discard")
@access(Permission.ASK_FOR_TRAINING)
def discard_request(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    asking.discard_draft(person, queries.request_for(person, public_id))
    flash(_("The draft is discarded."), "success")
    return redirect(url_for("requests.requests"))


@blueprint.get("/requests/attachments/<public_id>")
@access(Permission.ASK_FOR_TRAINING)
def attachment(public_id: str) -> Response:
    return send_download(attachment_for(acting_person(), public_id))


def _keep(person: Person, form: RequestForm, item: TrainingRequest | None) -> ResponseReturnValue:
    """Keep a draft with whatever is typed. A rule's message stands alone: the fields are not looked at yet."""
    try:
        kept = _kept(person, form, item)
    except Forbidden:
        raise
    except DomainError as error:
        for field in form:
            field.errors = []
        return _not_taken(person, form, item, error)
    flash(step_label(Step.SAVE_DRAFT), "success")
    return redirect(url_for("requests.edit_request", public_id=kept.public_id))


def _kept(person: Person, form: RequestForm, item: TrainingRequest | None) -> TrainingRequest:
    form.validate()  # tells what of it is right
    return asking.keep_draft(
        person,
        item,
        form.wish(),
        form.typed(request.form),
        _version_seen(person, form, item),
        key=form.key.data or "",
        copied_from=_copied(person, form),
    )


def _send(
    person: Person, form: RequestForm, item: TrainingRequest | None, *, is_new: bool = False
) -> ResponseReturnValue:
    if not form.validate():
        return _form_page(form, person, item, 422)
    try:
        sent = _sent(person, form, item, is_new=is_new)
    except Forbidden:
        raise
    except DomainError as error:
        return _not_taken(person, form, item, error)
    flash(step_label(Step.SUBMIT), "success")
    return redirect(url_for("requests.request", public_id=sent.public_id))


def _sent(person: Person, form: RequestForm, item: TrainingRequest | None, *, is_new: bool) -> TrainingRequest:
    """The request that the form makes: of a draft, or anew. The same form sent a second time makes no other."""
    wish = form.wish()
    if item is not None and item.state is not RequestState.DRAFT and same_wish(wish_of(item), wish):
        return item
    is_its_draft = item is not None and item.state is RequestState.DRAFT and wish.channel is Channel.OFFICE
    if item is not None and (is_its_draft or not is_new):
        asking.send_draft(person, item, wish, _version_seen(person, form, item))
        return item
    original = uploads_of(form.files) if form.files else ()
    return asking.new_request(
        person, wish, key=form.key.data or "", copied_from=_copied(person, form), original=original
    )


def _version_seen(person: Person, form: RequestForm, item: TrainingRequest | None) -> int | None:
    """The version the page showed. A page may not yet have heard that it was itself kept as a draft."""
    if item is not None and item.entered_by_id == person.id and not form.version.data:
        return None
    return version_of(form.version)


def _copied(person: Person, form: RequestForm) -> TrainingRequest | None:
    public_id = form.copied_from.data or ""
    return request_to_copy(person, public_id) if public_id else None


def _not_taken(person: Person, form: RequestForm, item: TrainingRequest | None, error: DomainError) -> Any:
    """The form as it was typed, with a rule's message, and with the version that now stands."""
    if item is not None:
        form.version.data = str(item.version)
    return _form_page(with_error(form, error), person, item, error.status)


def _form_page(form: RequestForm, person: Person, item: TrainingRequest | None = None, status: int = 200) -> Any:
    may_keep = queries.may_keep_drafts(person)
    return page(
        "requests/form.html",
        status,
        form=form,
        item=item,
        office_zone=timefmt.zone_label(form.only_office.zone, now()) if form.only_office else "",
        may_keep_draft=may_keep,
        keeps_itself=may_keep and not form.channel,
    )
