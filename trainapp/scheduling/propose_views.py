"""The page that answers requests with dates: what is looked for in its address, what is offered in its form."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.core.access import Permission, access
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden, NotFound
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.files.limits import takes_uploads
from trainapp.requests.labels import step_label
from trainapp.requests.models import Step
from trainapp.scheduling.background import able_for
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.offer_form import OfferInput
from trainapp.scheduling.proposals import Asked, propose
from trainapp.scheduling.propose_form import WISH_FIELDS, WishForm, first_wish, trainer_choices, zones_to_choose
from trainapp.scheduling.propose_page import finding_of, requests_to_answer, views_of
from trainapp.scheduling.slot_terms import Condition
from trainapp.scheduling.trainer_queries import trainer_profiles

LONGEST_NUMBER = 10
CHECK = "check"
FIND = "find"
"""Stands in the address once somebody has said what to look for."""


@blueprint.route("/<lang:language>/requests/<public_id>/propose", methods=["GET", "POST"], endpoint="propose")
@access(Permission.COORDINATE)
@takes_uploads
def propose_dates(public_id: str) -> ResponseReturnValue:
    """Dates for one request, or the same for several; what else is in the form is kept whatever happens."""
    answer = Answer(acting_person(), public_id)
    if request.method == "GET":
        return answer.page()
    if answer.offer.typed.asks_for_rows:
        return answer.page()
    if not answer.offer.validate():
        return answer.page(422)
    if request.form.get("step") == CHECK:
        return answer.page()
    return _send(answer)


class Answer:
    """One visit of the page: the requests, what is looked for, what is offered."""

    def __init__(self, actor: Person, public_id: str) -> None:
        self.actor = actor
        self.requests = requests_to_answer(actor, public_id, request.args.getlist("with"))
        self.trainers = trainer_profiles()
        able = able_for(self.requests, self.trainers)
        choices = trainer_choices(self.trainers, able)
        self.wish = WishForm(request.args if FIND in request.args else first_wish(self.requests, able))
        zones = zones_to_choose(self.requests, reader_zone().zone)
        self.wish.offer(choices, zones)
        self.may_search = self.wish.validate()
        sent = request.form if request.method == "POST" else None
        meetings = self.wish.meetings.data if self.may_search else 1
        self.offer = OfferInput(sent, meetings, zones, choices)

    def asked(self) -> list[Asked]:
        """The requests with the versions that the page showed."""
        return [Asked(each, _number(request.form.get(f"version-{each.public_id}"))) for each in self.requests]

    def seen(self) -> dict[str, int]:
        """The last event of each request that the page showed."""
        return {each.public_id: _number(request.form.get(f"event-{each.public_id}")) for each in self.requests}

    def page(self, status: int = 200, seen: Mapping[str, int] | None = None) -> ResponseReturnValue:
        zone = reader_zone().zone
        wish = self.wish.wish() if self.may_search else None
        finding = finding_of(self.requests, wish, self.offer, self.trainers, zone)
        return page(
            "scheduling/propose.html",
            status,
            asked=views_of(self.requests, zone, seen),
            wish=self.wish,
            offer=self.offer,
            finding=finding,
            relaxations=[(each.text, self._address(each.conditions)) for each in finding.relaxations],
            action=self._address(),
            with_ids=self._others(),
        )

    def _others(self) -> list[str]:
        return [each.public_id for each in self.requests[1:]]

    def _address(self, also_relaxed: Sequence[Condition] = ()) -> str:
        """This page with what is looked for in its address, and some conditions more that need not be kept."""
        query: dict[str, Any] = {FIND: ["yes"], **self.wish.in_address()} if self.may_search else _as_asked()
        if also_relaxed:
            query["relaxed"] = [*query["relaxed"], *(each.value for each in also_relaxed)]
        query["with"] = self._others()
        return url_for("scheduling.propose", public_id=self.requests[0].public_id, **query)


def _send(answer: Answer) -> ResponseReturnValue:
    try:
        propose(answer.actor, answer.asked(), answer.offer.offers(), answer.offer.comment, answer.offer.uploads())
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        return _refused(answer, error)
    flash(step_label(Step.PROPOSE), "success")
    if len(answer.requests) > 1:
        return redirect(url_for("scheduling.inbox"))
    return redirect(url_for("requests.request", public_id=answer.requests[0].public_id))


def _refused(answer: Answer, error: DomainError) -> ResponseReturnValue:
    """The page again, with the requests as they stand now and everything that was typed."""
    seen = answer.seen()
    db.session.rollback()  # what was done for one of several requests does not count, also not on this page
    fresh = Answer(answer.actor, answer.requests[0].public_id)
    fresh.offer.show_problem(error)
    return fresh.page(error.status, seen if isinstance(error, Conflict) else None)


def _as_asked() -> dict[str, list[str]]:
    """What stands in the address, right or not, to stand there again; what is none of ours is left out."""
    return {name: request.args.getlist(name) for name in (FIND, *WISH_FIELDS) if name in request.args}


def _number(text: str | None) -> int:
    """What a hidden field carries; one that cannot be read is no number there is."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER else 0
