"""Everything that stands against sessions to come, in one list."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from trainapp.core.access import Permission, access
from trainapp.core.clashes import Severity
from trainapp.core.clock import now
from trainapp.core.reader import reader_zone
from trainapp.core.web import number_in_query, page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.clash_rows import clash_rows
from trainapp.scheduling.clash_words import KINDS_OF, Topic
from trainapp.scheduling.clashes import SessionClash, clashes_of_coming_sessions
from trainapp.scheduling.trainer_forms import ClashFilterForm

PAGE_SIZE = 50


@blueprint.get("/<lang:language>/clashes")
@access(Permission.COORDINATE)
def clashes() -> ResponseReturnValue:
    """What stands against the sessions of the next twelve months, the worst first."""
    form = ClashFilterForm(request.args)
    form.offer()
    chosen = form.chosen()
    found = _narrowed(clashes_of_coming_sessions(now()), chosen)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, number_in_query("page", 1)), pages)
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return page(
        "scheduling/clashes.html",
        form=form,
        rows=clash_rows(shown, reader_zone().zone),
        total=len(found),
        filtered=bool(chosen),
        **_pages(number, pages, chosen),
    )


def _narrowed(found: Sequence[SessionClash], chosen: dict[str, str]) -> list[SessionClash]:
    severity = Severity(chosen["severity"]) if "severity" in chosen else None
    kinds = KINDS_OF[Topic(chosen["kind"])] if "kind" in chosen else None
    return [
        each
        for each in found
        if (severity is None or each.clash.severity is severity) and (kinds is None or each.clash.kind in kinds)
    ]


def _pages(number: int, pages: int, chosen: dict[str, Any]) -> dict[str, Any]:
    def address(wanted: int) -> str | None:
        return url_for("scheduling.clashes", **chosen, page=wanted) if 1 <= wanted <= pages else None

    return {"page_number": number, "pages": pages, "previous_url": address(number - 1), "next_url": address(number + 1)}
