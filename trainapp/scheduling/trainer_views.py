"""Pages of trainers: their own, and the list of all for those who coordinate."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.accounts.queries import roles_of
from trainapp.catalogue.queries import subject_choices
from trainapp.core.access import Permission, Role, access
from trainapp.core.clock import now
from trainapp.core.errors import Conflict, DomainError
from trainapp.core.forms import showable
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.web import number_in_query, page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.models import TeachingState
from trainapp.scheduling.trainer_feed import feed_since
from trainapp.scheduling.trainer_forms import (
    DeclineForm,
    ExceptionForm,
    TrainerFilterForm,
    TrainerProfileForm,
    show_problem,
    values_of_profile,
)
from trainapp.scheduling.trainer_page import profile_facts, trainer_rows, trainer_view
from trainapp.scheduling.trainer_queries import able_trainers, profile_of
from trainapp.scheduling.trainers import add_exception as note_exception
from trainapp.scheduling.trainers import mark_of, save_profile, trainer_for
from trainapp.scheduling.trainers import remove_exception as forget_exception

PAGE_SIZE = 50
MORE, SAVE = "more", "save"


@blueprint.get("/<lang:language>/trainers")
@access(Permission.COORDINATE)
def trainers() -> ResponseReturnValue:
    """Every trainer of today, by subject and language where asked."""
    form = TrainerFilterForm(request.args)
    form.offer(subject_choices())
    chosen = form.chosen()
    found = able_trainers(
        [chosen["subject"]] if "subject" in chosen else [], [chosen["spoken"]] if "spoken" in chosen else []
    )
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, number_in_query("page", 1)), pages)
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return page(
        "scheduling/trainers.html",
        form=form,
        rows=trainer_rows(shown, now()),
        filtered=bool(chosen),
        **_pages(number, pages, chosen),
    )


def _pages(number: int, pages: int, chosen: dict[str, Any]) -> dict[str, Any]:
    def address(wanted: int) -> str | None:
        return url_for("scheduling.trainers", **chosen, page=wanted) if 1 <= wanted <= pages else None

    return {"page_number": number, "pages": pages, "previous_url": address(number - 1), "next_url": address(number + 1)}


@blueprint.get("/<lang:language>/my-teaching")
@access(Permission.TEACH)
def my_teaching() -> ResponseReturnValue:
    """One's own page; who coordinates without teaching goes to the list of trainers."""
    actor = acting_person()
    if Role.TRAINER in roles_of(actor):
        return redirect(url_for("scheduling.trainer", public_id=actor.public_id))
    return redirect(url_for("scheduling.trainers"))


@blueprint.get("/<lang:language>/trainers/<public_id>")
@access(Permission.TEACH)
def trainer(public_id: str) -> ResponseReturnValue:
    actor = acting_person()
    return trainer_page(actor, trainer_for(actor, public_id))


def trainer_page(
    actor: Person,
    person: Person,
    status: int = 200,
    *,
    exception_form: ExceptionForm | None = None,
    decline_form: DeclineForm | None = None,
) -> ResponseReturnValue:
    """A trainer's page, with what was typed where a step on it was refused."""
    view = trainer_view(person, actor, reader_zone().zone, now())
    form = exception_form or _exception_form()
    cards = [*view.asked, *view.agenda]
    declines = {card.code: DeclineForm(None, prefix=card.code) for card in cards if _may_decline(card.state)}
    if decline_form is not None:
        declines[decline_form._prefix.rstrip("-")] = decline_form
    return page(
        "scheduling/trainer.html",
        status,
        view=view,
        exception_form=form,
        declines=declines if view.is_own else {},
        feed_since=feed_since(person) if view.is_own else None,
    )


def _may_decline(state: TeachingState) -> bool:
    return state is not TeachingState.DECLINED


def _exception_form() -> ExceptionForm:
    form = ExceptionForm(request.form if request.method == "POST" else None)
    form.offer()
    return form


@blueprint.route("/<lang:language>/trainers/<public_id>/profile", methods=["GET", "POST"])
@access(Permission.TEACH)
def edit_trainer(public_id: str) -> ResponseReturnValue:
    """What a trainer teaches and when they work."""
    actor = acting_person()
    person = trainer_for(actor, public_id)
    form = _profile_form(person)
    if request.method == "GET":
        return _profile_page(form, person)
    if request.form.get("step") == MORE:
        form.show_more_rows()
        return _profile_page(form, person)
    if form.validate():
        try:
            save_profile(actor, person, form.wish(), form.seen.data or "")
        except Conflict as error:
            form.seen.data = mark_of(profile_of(person), person)  # what stands now is shown: sent again, it counts
            show_problem(form, error)
            return _profile_page(form, person, error.status)
        except DomainError as error:
            if error.field is None:
                raise
            show_problem(form, error)
        else:
            flash(_("The profile is saved."), "success")
            return redirect(url_for("scheduling.trainer", public_id=person.public_id))
    return _profile_page(form, person, 422)


def _profile_form(person: Person) -> TrainerProfileForm:
    if request.method == "POST":
        # There is nothing to write here but choices, numbers and times: what no page can hold is left out at once.
        form = TrainerProfileForm(MultiDict((name, showable(sent)) for name, sent in request.form.items(multi=True)))
    else:
        profile = profile_of(person)
        form = TrainerProfileForm(None, data=values_of_profile(profile, person.zone))
        form.seen.data = mark_of(profile, person)
    form.offer()
    return form


def _profile_page(form: TrainerProfileForm, person: Person, status: int = 200) -> ResponseReturnValue:
    is_own = person.id == acting_person().id
    stands = profile_facts(person, now()) if status == Conflict.status else []
    return page("scheduling/trainer_profile.html", status, form=form, person=person, is_own=is_own, stands=stands)


@blueprint.post("/<lang:language>/trainers/<public_id>/days")
@access(Permission.TEACH)
def add_exception(public_id: str) -> ResponseReturnValue:
    """Days that differ from the week."""
    actor = acting_person()
    person = trainer_for(actor, public_id)
    form = _exception_form()
    if form.validate():
        try:
            note_exception(actor, person, form.wish())
        except DomainError as error:
            if error.field is None:
                raise
            show_problem(form, error)
        else:
            flash(_("The days are noted."), "success")
            return redirect(url_for("scheduling.trainer", public_id=public_id, _anchor="days"))
    return trainer_page(actor, person, 422, exception_form=form)


@blueprint.post("/<lang:language>/trainers/<public_id>/days/<entry_id>/remove")
@access(Permission.TEACH)
def remove_exception(public_id: str, entry_id: str) -> ResponseReturnValue:
    """The week holds on those days again."""
    actor = acting_person()
    forget_exception(actor, trainer_for(actor, public_id), entry_id)
    flash(_("The entry is removed: the hours of the week hold on these days again."), "success")
    return redirect(url_for("scheduling.trainer", public_id=public_id, _anchor="days"))
