"""The coordinators' pages on mails: how they fare, pause and resume, and sending again what could not be delivered."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.bounces import bounced_among
from trainapp.accounts.login import acting_person
from trainapp.accounts.queries import person_by_id
from trainapp.core.access import Permission, access
from trainapp.core.addresses import normalize_address
from trainapp.core.config import settings
from trainapp.core.languages import _, ngettext
from trainapp.core.web import page
from trainapp.desks.blueprint import blueprint
from trainapp.desks.mail_forms import AgainForm, MailFilter, SpanFilter
from trainapp.mail import flow, resending
from trainapp.mail.labels import TONES, fate_label, mail_state_label
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.queries import Fate, MailPage, counts, died_between, mails_page


@blueprint.get("/mails")
@access(Permission.COORDINATE)
def mails() -> ResponseReturnValue:
    """How mails fare, and those that fare one way, the latest first."""
    form = MailFilter(request.args)
    found = mails_page(form.fate(), form.address(), request.args.get("page", 1, type=int))
    marked = bounced_among([mail.recipient for mail in found.mails])
    return page(
        "desks/mails.html",
        form=form,
        counts=counts(),
        Fate=Fate,
        fate_label=fate_label,
        rate=settings().mails_per_minute,
        paused_at=flow.paused_at(),
        paused_by=_paused_by(),
        rows=[_row(mail, found, marked) for mail in found.mails],
        total=found.total,
        shown=form.fate(),
        filtered=bool(form.address()),
        **_pages(found, form.in_address()),
    )


def _paused_by() -> str:
    person_id = flow.paused_by_id()
    person = person_by_id(person_id) if person_id is not None else None
    return "" if person is None else person.name


def _row(mail: OutboxMail, found: MailPage, marked: set[str]) -> dict[str, Any]:
    """A mail as its readers read it."""
    is_dead = mail.state is MailState.DEAD
    return {
        "id": mail.id,
        "subject": mail.subject,
        "language": mail.language,
        "kind": mail.kind,
        "recipient": mail.recipient,
        "is_marked": normalize_address(mail.recipient) in marked,
        "state": mail_state_label(mail.state),
        "tone": TONES[mail.state],
        "attempts": mail.attempts,
        "error": mail.error,
        "queued_at": mail.queued_at,
        "sent_at": mail.sent_at,
        "tried_at": None if mail.sent_at else mail.tried_at,
        "next_at": mail.due_at if mail.state is MailState.QUEUED and mail.attempts else None,
        "is_stale": is_dead and mail.id in found.stale,
        "may_go_again": is_dead and mail.id in found.lasting,
    }


def _pages(found: MailPage, query: dict[str, Any]) -> dict[str, Any]:
    def address(number: int) -> str | None:
        return url_for("desks.mails", **query, page=number) if 1 <= number <= found.pages else None

    return {
        "page_number": found.number,
        "pages": found.pages,
        "previous_url": address(found.number - 1),
        "next_url": address(found.number + 1),
    }


@blueprint.post("/mails/pause")
@access(Permission.COORDINATE)
def pause_mails() -> ResponseReturnValue:
    flow.pause(acting_person().id)
    flash(_("Mails are paused. What is written now waits until you let mails leave again."), "success")
    return redirect(url_for("desks.mails"))


@blueprint.post("/mails/resume")
@access(Permission.COORDINATE)
def resume_mails() -> ResponseReturnValue:
    flow.resume(acting_person().id)
    flash(_("Mails leave again."), "success")
    return redirect(url_for("desks.mails"))


@blueprint.post("/mails/<int(max=2147483647):mail_id>/again")
@access(Permission.COORDINATE)
def send_mail_again(mail_id: int) -> ResponseReturnValue:
    """One mail that could not be delivered, once more."""
    resending.send_again(acting_person().id, mail_id)
    flash(_("The mail is sent again."), "success")
    return redirect(url_for("desks.mails"))


@blueprint.get("/mails/again")
@access(Permission.COORDINATE)
def mails_to_send_again() -> ResponseReturnValue:
    """What a failure of the mail server left undelivered, and how much of it would be sent again."""
    form = SpanFilter(request.args)
    first, last = form.span()
    again = AgainForm(formdata=None, data={"first": first.isoformat(), "last": last.isoformat()})
    return page("desks/mails_again.html", form=form, again=again, died=died_between(first, last), first=first)


@blueprint.post("/mails/again")
@access(Permission.COORDINATE)
def send_mails_again() -> ResponseReturnValue:
    first, last = AgainForm().span()
    count = resending.send_all_again(acting_person().id, first, last)
    flash(ngettext("%(num)s mail is sent again.", "%(num)s mails are sent again.", count), "success")
    return redirect(url_for("desks.mails", state=Fate.WAITING.value))
