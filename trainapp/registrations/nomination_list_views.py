"""Naming many people at once: sending a list, looking at what it means, mending it, and confirming it."""

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _, current_language, language_name
from trainapp.core.timefmt import zone_city
from trainapp.core.web import number_in_query, page
from trainapp.files.limits import takes_uploads
from trainapp.offices.queries import office_by_code, office_name
from trainapp.registrations import nominations
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.nomination_columns import Column
from trainapp.registrations.nomination_forms import ManyForm, NominationForm, RowsForm
from trainapp.registrations.nomination_labels import (
    VERDICT_TONES,
    list_label,
    problem_labels,
    verdict_effect,
    verdict_label,
)
from trainapp.registrations.nomination_models import ListSource, NominationList, NominationRow, RowVerdict
from trainapp.registrations.nomination_queries import (
    list_of,
    offices_named_for,
    row_of,
    rows_done,
    rows_page,
    session_to_nominate,
    verdicts_of,
)
from trainapp.registrations.nomination_template import template_csv, template_xlsx
from trainapp.registrations.nomination_views import details_of, offices_to_choose, pages_of, prefilled
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_title

SECONDS_BETWEEN_LOOKS = 2
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class ShownRow:
    """A row as it was understood, and as it was written where it was not."""

    number: int
    name: str
    address: str
    office: str
    language: str
    zone: str
    verdict: tuple[str, str]
    problems: list[str]


@dataclass(frozen=True)
class Count:
    """How many rows have a verdict, and what confirming does with them."""

    label: str
    effect: str
    count: int
    is_new: bool
    is_problem: bool


@blueprint.route("/<lang:language>/sessions/<code>/nominations/many", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
@takes_uploads
def nominate_many(code: str) -> ResponseReturnValue:
    actor = acting_person()
    session = session_to_nominate(actor, code)
    form = ManyForm(
        offices=offices_to_choose(actor, session),
        data=None if request.method == "POST" else prefilled(actor, session),
    )
    if request.method == "GET":
        return _many_page(form, session)
    if not form.validate():
        return _many_page(form, session, 422)
    try:
        found = _keep(form, session)
    except DomainError as error:
        if isinstance(error, NotFound):
            raise
        return _many_page(with_error(form, error), session, error.status)
    return redirect(_url_of(found, session))


def _keep(form: ManyForm, session: TrainingSession) -> NominationList:
    actor, people = acting_person(), form.people()
    if form.office:
        office = office_by_code(form.office.data) if form.office.data else None
    else:
        [office] = offices_named_for(actor, session)
    return nominations.keep_list(
        actor,
        session,
        people,
        source=ListSource.FILE if form.file_name else ListSource.PASTED,
        office=office,
        language=form.language_of_mails.data or "",
        file_name=form.file_name,
    )


@blueprint.get("/<lang:language>/sessions/<code>/nominations/template.xlsx")
@access(Permission.ASK_FOR_TRAINING)
def nomination_sheet(code: str) -> ResponseReturnValue:
    reader = acting_person()
    session = session_to_nominate(reader, code)
    return _download(template_xlsx(offices_to_choose(reader, session)), XLSX, f"{session.code}.xlsx")


@blueprint.get("/<lang:language>/sessions/<code>/nominations/template.csv")
@access(Permission.ASK_FOR_TRAINING)
def nomination_csv(code: str) -> ResponseReturnValue:
    session = session_to_nominate(acting_person(), code)
    return _download(template_csv(), CSV, f"{session.code}.csv")


@blueprint.get("/<lang:language>/sessions/<code>/nominations/lists/<public_id>")
@access(Permission.ASK_FOR_TRAINING)
def nomination_list(code: str, public_id: str) -> ResponseReturnValue:
    """A list on its way: being checked, to be looked at, being registered, done."""
    session, found = _own_list(code, public_id)
    return _list_page(found, session)


@blueprint.post("/<lang:language>/sessions/<code>/nominations/lists/<public_id>/confirm")
@access(Permission.ASK_FOR_TRAINING)
def confirm_nominations(code: str, public_id: str) -> ResponseReturnValue:
    session, found = _own_list(code, public_id)
    nominations.confirm_list(found)
    return redirect(_url_of(found, session))


@blueprint.post("/<lang:language>/sessions/<code>/nominations/lists/<public_id>/discard")
@access(Permission.ASK_FOR_TRAINING)
def discard_nominations(code: str, public_id: str) -> ResponseReturnValue:
    session, found = _own_list(code, public_id)
    nominations.discard_list(found)
    flash(_("The list is discarded. Nobody in it was named."), "success")
    return redirect(url_for("registrations.nominations", code=session.code))


@blueprint.route(
    "/<lang:language>/sessions/<code>/nominations/lists/<public_id>/rows/<int(max=2147483647):number>",
    methods=["GET", "POST"],
)
@access(Permission.ASK_FOR_TRAINING)
def mend_nomination(code: str, public_id: str, number: int) -> ResponseReturnValue:
    """One row of a list, to be written as it is meant."""
    session, found = _own_list(code, public_id)
    row = row_of(found, number)
    actor = acting_person()
    form = NominationForm(
        offices=offices_to_choose(actor, session),
        data=None if request.method == "POST" else prefilled(actor, session) | _said_by(row),
    )
    if request.method == "GET":
        return _mend_page(form, session, found, row)
    if not form.validate():
        return _mend_page(form, session, found, row, 422)
    try:
        nominations.mend(found, number, details_of(form, actor, session))
    except DomainError as error:
        if error.field is None:
            raise
        return _mend_page(with_error(form, error), session, found, row, error.status)
    return redirect(_back_to_rows(found, session, number))


@blueprint.post(
    "/<lang:language>/sessions/<code>/nominations/lists/<public_id>/rows/<int(max=2147483647):number>/leave-out"
)
@access(Permission.ASK_FOR_TRAINING)
def leave_nomination_out(code: str, public_id: str, number: int) -> ResponseReturnValue:
    session, found = _own_list(code, public_id)
    nominations.leave_out(found, number)
    return redirect(_back_to_rows(found, session, number))


def _own_list(code: str, public_id: str) -> tuple[TrainingSession, NominationList]:
    reader = acting_person()
    session = session_to_nominate(reader, code)
    return session, list_of(reader, session, public_id)


def _url_of(found: NominationList, session: TrainingSession, **query: Any) -> str:
    return url_for("registrations.nomination_list", code=session.code, public_id=found.public_id, **query)


def _back_to_rows(found: NominationList, session: TrainingSession, number: int) -> str:
    """The page of the list on which one was, as its form says."""
    shown = {name: request.form[name] for name in ("show", "page") if request.form.get(name)}
    return _url_of(found, session, **shown, _anchor="rows")


def _said_by(row: NominationRow) -> dict[str, str]:
    """What a row says, as far as it was understood."""
    said = {
        "name": row.name or row.given.get(Column.NAME, ""),
        "email": row.address or row.given.get(Column.ADDRESS, ""),
        "office": row.office.code if row.office else "",
        "language_of_mails": row.language,
        "zone": row.zone,
    }
    return {name: value for name, value in said.items() if value}


def _download(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _many_page(form: ManyForm, session: TrainingSession, status: int = 200) -> ResponseReturnValue:
    return page(
        "registrations/nominate_many.html",
        status,
        form=form,
        code=session.code,
        title=session_title(session),
        is_open=nominations.takes_nominations(session),
    )


def _mend_page(
    form: NominationForm, session: TrainingSession, found: NominationList, row: NominationRow, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registrations/nomination_mend.html",
        status,
        form=form,
        code=session.code,
        title=session_title(session),
        list=found,
        row_number=row.number,
        problems=problem_labels(row),
        shown={name: request.values[name] for name in ("show", "page") if request.values.get(name)},
    )


def _list_page(found: NominationList, session: TrainingSession) -> ResponseReturnValue:
    verdicts = verdicts_of(found)
    form = RowsForm(request.args)
    context: dict[str, Any] = {"list": found, "code": session.code, "title": session_title(session)}
    context |= {"label": list_label(found), "total": sum(verdicts.values()), "again_in": SECONDS_BETWEEN_LOOKS}
    if found.checked_at is None:
        unchecked = verdicts.get(None, 0)
        return page("registrations/nomination_progress.html", done=context["total"] - unchecked, **context)
    if found.confirmed_at is not None and found.finished_at is None:
        context["total"] = verdicts.get(RowVerdict.NEW, 0)
        return page("registrations/nomination_progress.html", done=rows_done(found), **context)
    rows, where = rows_page(found, form.verdict, number_in_query("page", 1))
    query = {"show": form.verdict.value} if form.verdict else {}
    arguments = {"code": session.code, "public_id": found.public_id, **query}
    return page(
        "registrations/nomination_list.html",
        form=form,
        rows=[_shown(row) for row in rows],
        counts=[
            Count(
                verdict_label(verdict),
                verdict_effect(verdict),
                verdicts[verdict],
                is_new=verdict is RowVerdict.NEW,
                is_problem=verdict is RowVerdict.PROBLEM,
            )
            for verdict in RowVerdict
            if verdicts.get(verdict)
        ],
        new=verdicts.get(RowVerdict.NEW, 0),
        is_open=nominations.takes_nominations(session),
        query=query,
        **context,
        **pages_of(where, "registrations.nomination_list", **arguments),
    )


def _shown(row: NominationRow) -> ShownRow:
    verdict = row.verdict or RowVerdict.PROBLEM
    given = row.given
    return ShownRow(
        number=row.number,
        name=row.name or given.get(Column.NAME, ""),
        address=row.address or given.get(Column.ADDRESS, ""),
        office=office_name(row.office) if row.office else given.get(Column.OFFICE, ""),
        language=language_name(row.language) if row.language else given.get(Column.LANGUAGE, ""),
        zone=zone_city(row.zone, current_language()) if row.zone else given.get(Column.ZONE, ""),
        verdict=(verdict_label(verdict), VERDICT_TONES[verdict]),
        problems=problem_labels(row),
    )
