"""The coordinators' inbox, and the ways from requests chosen there."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.languages import _
from trainapp.core.web import number_in_query, page
from trainapp.requests.queries import offices_with_requests
from trainapp.requests.steps import Side
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.inbox_form import InboxForm
from trainapp.scheduling.inbox_queries import Assigned, Counts, InboxPage, inbox, inbox_counts
from trainapp.scheduling.inbox_rows import inbox_rows
from trainapp.scheduling.proposals import MOST_JOINED


@blueprint.get("/<lang:language>/inbox", endpoint="inbox")
@access(Permission.COORDINATE)
def show_inbox() -> ResponseReturnValue:
    """Every request that was sent, with what a coordinator weighs before answering it."""
    reader = acting_person()
    form = InboxForm(request.args)
    form.offer(offices_with_requests())
    found = inbox(reader, form.wanted(), number_in_query("page", 1))
    return page(
        "scheduling/inbox.html",
        form=form,
        rows=inbox_rows(found),
        total=found.total,
        filtered=bool(set(form.in_address()) - {form.sort.name}),
        shortcuts=_shortcuts(inbox_counts(reader), form.in_address()),
        **_pages(found, form.in_address()),
    )


@blueprint.get("/<lang:language>/inbox/dates", endpoint="find_dates")
@access(Permission.COORDINATE)
def find_dates_together() -> ResponseReturnValue:
    """From the requests chosen in the inbox to the page that finds dates for all of them."""
    chosen = list(dict.fromkeys(request.args.getlist("request")))[:MOST_JOINED]
    if not chosen:
        flash(_("Choose at least one request."), "warning")
        return redirect(url_for("scheduling.inbox"))
    first, *others = chosen
    query: dict[str, Any] = {"with": others}  # a word of Python's own, so it cannot stand as a keyword
    return redirect(url_for("scheduling.propose", public_id=first, **query))


def _shortcuts(counts: Counts, chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The questions asked most, each with how many requests answer it."""
    return [
        _shortcut(_("Waiting for the secretariat"), counts.for_secretariat, chosen, waiting=Side.SECRETARIAT.value),
        _shortcut(_("Waiting for the office"), counts.for_offices, chosen, waiting=Side.OFFICE.value),
        _shortcut(_("Assigned to me"), counts.mine, chosen, assigned=Assigned.ME.value),
        _shortcut(_("Assigned to nobody"), counts.nobodys, chosen, assigned=Assigned.NOBODY.value),
    ]


def _shortcut(label: str, count: int, chosen: dict[str, Any], **query: Any) -> dict[str, Any]:
    return {
        "label": label,
        "count": count,
        "url": url_for("scheduling.inbox", **query),
        "is_current": chosen == query,
    }


def _pages(found: InboxPage, query: dict[str, Any]) -> dict[str, Any]:
    def address(number: int) -> str | None:
        return url_for("scheduling.inbox", **query, page=number) if 1 <= number <= found.pages else None

    return {
        "page_number": found.number,
        "pages": found.pages,
        "previous_url": address(found.number - 1),
        "next_url": address(found.number + 1),
    }
