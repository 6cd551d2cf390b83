"""Pages of a session's materials: adding and removing for those who run it, and the files for those who get them."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person, person_signed_in
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.languages import _
from trainapp.core.web import page
from trainapp.files.downloads import send_download
from trainapp.files.limits import takes_uploads
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.labels import visibility_label
from trainapp.scheduling.material_form import MaterialForm
from trainapp.scheduling.material_rows import material_row
from trainapp.scheduling.materials import add_material, file_for_reader, remove_material
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import may_manage, session_by_code, session_title
from trainapp.scheduling.views import material_addresses


@blueprint.route("/<lang:language>/sessions/<code>/materials", methods=["GET", "POST"])
@access(Permission.TEACH)
@takes_uploads
def materials(code: str) -> ResponseReturnValue:
    """The materials of a session one runs, before and after it was held."""
    session = _own_session(code)
    form = MaterialForm()
    if request.method == "GET":
        return _materials_page(session, form)
    if not form.validate():
        return _materials_page(session, form, 422)
    try:
        added = add_material(acting_person(), session, form.added())
    except DomainError as error:
        if error.field not in form:
            raise
        form[error.field].errors = [error.message]
        return _materials_page(session, form, 422)
    flash(_("It is added. Who gets it: %(who)s", who=visibility_label(added.visibility)), "success")
    return redirect(url_for("scheduling.materials", code=session.code))


@blueprint.post("/<lang:language>/sessions/<code>/materials/<public_id>/remove")
@access(Permission.TEACH)
def take_material_away(code: str, public_id: str) -> ResponseReturnValue:
    session = _own_session(code)
    removed = remove_material(acting_person(), session, public_id)
    flash(_("It is removed. Who got it until now: %(who)s", who=visibility_label(removed.visibility)), "success")
    return redirect(url_for("scheduling.materials", code=session.code))


@blueprint.get("/<lang:language>/sessions/<code>/materials/<public_id>")
@access(Permission.PUBLIC)
def material_file(code: str, public_id: str) -> ResponseReturnValue:
    """A public file for everybody, any file for those who run the session."""
    return send_download(file_for_reader(session_by_code(code), public_id, person_signed_in()))


def _own_session(code: str) -> TrainingSession:
    session = session_by_code(code)
    if not may_manage(acting_person(), session):
        raise NotFound()
    return session


def _materials_page(session: TrainingSession, form: MaterialForm, status: int = 200) -> ResponseReturnValue:
    return page(
        "scheduling/materials.html",
        status,
        form=form,
        rows=[material_row(material, material_addresses(session)) for material in session.materials],
        code=session.code,
        title=session_title(session),
    )
