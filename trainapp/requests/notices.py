"""Mails of requests: each step is told to the other side, to every person in their own language and zone."""

from typing import Any

from trainapp.accounts.links import address_of
from trainapp.accounts.models import Person
from trainapp.accounts.queries import people_who_may, people_with_role
from trainapp.catalogue.queries import course_text, level_label, subject_name
from trainapp.core import timefmt
from trainapp.core.access import Permission, Role
from trainapp.core.languages import Text, language_name, speaking
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.outbox import queue_mail
from trainapp.offices.queries import office_name
from trainapp.requests.labels import mode_label, state_label, step_label, what_next
from trainapp.requests.models import RequestEvent, RequestState, Step, TrainingRequest
from trainapp.requests.steps import Side

ROOM = "requests"


def tell_other_side(event: RequestEvent, acting: Side) -> None:
    """Queue one mail to each person of the side that did not act; of drafts nobody is told."""
    if event.step is Step.SAVE_DRAFT or _was_never_sent(event):
        return
    reading = Side.SECRETARIAT if acting is Side.OFFICE else Side.OFFICE
    for person in _people_of(reading, event.request):
        if person.id != event.person_id:
            _queue(event, person, reading)


def _was_never_sent(event: RequestEvent) -> bool:
    return event.from_state is RequestState.DRAFT and event.step is not Step.SUBMIT


def _people_of(side: Side, request: TrainingRequest) -> list[Person]:
    if side is Side.SECRETARIAT:
        return people_who_may(Permission.COORDINATE)
    return people_with_role(Role.FOCAL_POINT, request.office_id)


def _queue(event: RequestEvent, person: Person, reading: Side) -> None:
    with speaking(person.language):
        context = _facts(event, person, reading)
    rendered = render_mail(ROOM, "step", person.language, **context)
    recipient = Recipient(person.name, address_of(person), person.language)
    queue_mail(f"request:{event.request_id}:event:{event.id}:to:{person.id}", recipient, rendered)


def _facts(event: RequestEvent, person: Person, reading: Side) -> dict[str, Any]:
    """Everything the mail says, in the language being spoken and the person's own zone."""
    request = event.request
    return {
        "name": person.name,
        "code": request.code,
        "what": step_label(event.step),
        "office": office_name(request.office),
        "course": course_title(request),
        "subjects": timefmt.listed(subject_name(subject) for subject in request.subjects),
        "level": level_label(request.level),
        "mode": mode_label(request.mode),
        "training_languages": timefmt.listed(language_name(code) for code in request.languages),
        "audience": request.audience,
        "people": timefmt.number(request.people),
        "period_from": timefmt.short_day(request.period_from),
        "period_to": timefmt.short_day(request.period_to),
        "state": state_label(request.state),
        "author": event.person.name,
        "when": timefmt.moment(event.at, person.zone, person.language),
        "comment": event.comment,
        "what_next": what_next(request.state, reading),
        "url": absolute_url("requests.request", public_id=request.public_id, language=person.language),
    }


def course_title(request: TrainingRequest) -> Text | None:
    """The title of the course asked for, in the language being spoken where there is one."""
    if request.course is None:
        return None
    text = course_text(request.course)
    return Text(text.title, text.language)
