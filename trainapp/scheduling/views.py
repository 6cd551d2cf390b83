"""Public pages: the programme, the record of the past, and a session."""

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import person_signed_in
from trainapp.catalogue.queries import subject_choices
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.kept_pages import kept
from trainapp.core.languages import preferred_language
from trainapp.core.reader import reader_zone
from trainapp.core.urls import absolute_url
from trainapp.core.web import number_in_query, page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.cards import months_of, past_row
from trainapp.scheduling.forms import FilterForm
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import (
    Page,
    delivered_sessions,
    programme_revision,
    session_revision,
    sessions_to_come,
    visible_session,
    years_of_delivery,
)
from trainapp.scheduling.session_page import session_view


@blueprint.get("/")
@access(Permission.PUBLIC)
def start() -> ResponseReturnValue:
    """The start page in the language chosen before, else in the one the browser asks for."""
    response = redirect(url_for("scheduling.catalogue", language=preferred_language(request)))
    response.vary.update(("Accept-Language", "Cookie"))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/<lang:language>/")
@access(Permission.PUBLIC)
@kept(programme_revision)
def catalogue() -> ResponseReturnValue:
    form = filter_form()
    at = now()
    wanted = form.wanted()
    found = sessions_to_come(wanted, number_in_query("page", 1), at)
    return page(
        "scheduling/catalogue.html",
        form=form,
        months=months_of(found.sessions, reader_zone().zone, at),
        chosen=chosen_in(form),
        filtered=bool(chosen_in(form)),
        feeds_url=url_for("scheduling.feeds", **chosen_for_feeds(form)),
        canonical_url=absolute_url("scheduling.catalogue"),
        **pages_of(found, "scheduling.catalogue", chosen_in(form)),
    )


@blueprint.get("/<lang:language>/sessions")
@access(Permission.PUBLIC)
def sessions_moved() -> ResponseReturnValue:
    """The programme is the start page of each language."""
    return redirect(url_for("scheduling.catalogue", **chosen_in(filter_form())), 301)


@blueprint.get("/<lang:language>/sessions/past")
@access(Permission.PUBLIC)
def past() -> ResponseReturnValue:
    """Delivered sessions by year."""
    form = filter_form()
    years = years_of_delivery()
    year = number_in_query("year", years[0] if years else now().year)
    is_known = year in years
    found = delivered_sessions(year, form.wanted(), number_in_query("page", 1)) if is_known else Page([], 1, 1)
    return page(
        "scheduling/past.html",
        form=form,
        year=year,
        years=years,
        rows=[past_row(each) for each in found.sessions],
        filtered=bool(chosen_in(form)),
        **pages_of(found, "scheduling.past", {**chosen_in(form), "year": year}),
    )


@blueprint.get("/<lang:language>/sessions/<code>")
@access(Permission.PUBLIC)
@kept(session_revision)
def session(code: str) -> ResponseReturnValue:
    return session_page(visible_session(code, person_signed_in()))


def session_page(session: TrainingSession, refusal: str | None = None, status: int = 200) -> ResponseReturnValue:
    """The page of a session, with the reason where a step on it was refused."""
    return page(
        "scheduling/session.html",
        status,
        view=session_view(session, person_signed_in(), reader_zone().zone, now(), material_addresses(session)),
        refusal=refusal,
        canonical_url=absolute_url("scheduling.session", code=session.code),
    )


def material_addresses(session: TrainingSession) -> Callable[[str], str]:
    """Where those who need no link of their own get a material of a session, by its public id."""

    def address(public_id: str) -> str:
        return url_for("scheduling.material_file", code=session.code, public_id=public_id)

    return address


def filter_form() -> FilterForm:
    form = FilterForm(request.args)
    form.offer(subject_choices())
    return form


def chosen_in(form: FilterForm) -> dict[str, Any]:
    """What a list is narrowed to, as it stands in the address."""
    wanted = form.wanted()
    values = {"subject": wanted.subject, "spoken": wanted.language, "kind": wanted.kind}
    return {name: str(value) for name, value in values.items() if value}


def chosen_for_feeds(form: FilterForm) -> dict[str, Any]:
    """What of it narrows a feed too."""
    return {name: value for name, value in chosen_in(form).items() if name != "kind"}


def pages_of(found: Page, endpoint: str, query: dict[str, Any]) -> dict[str, Any]:
    """What the pager of a list needs."""

    def address(number: int) -> str | None:
        return url_for(endpoint, **query, page=number) if 1 <= number <= found.pages else None

    return {
        "page_number": found.number,
        "pages": found.pages,
        "previous_url": address(found.number - 1),
        "next_url": address(found.number + 1),
    }
