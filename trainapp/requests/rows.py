"""A request as one line of a list: here, and on the desks."""

from dataclasses import dataclass

from trainapp.catalogue.queries import subject_name
from trainapp.core import timefmt
from trainapp.core.clock import today
from trainapp.core.languages import Text, current_language
from trainapp.offices.queries import office_name
from trainapp.requests.facts import course_title
from trainapp.requests.labels import state_label, state_tone, waiting_label
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.steps import WAITS_FOR, Side


@dataclass(frozen=True)
class Row:
    """One request in a list, as its reader reads it; `days` is how long an open one has waited."""

    public_id: str
    code: str
    title: Text
    office: str
    state: str
    tone: str
    waiting: str
    days: int | None
    is_draft: bool


def row_of(item: TrainingRequest, reader: Side) -> Row:
    return Row(
        public_id=item.public_id,
        code=item.code,
        title=title_of(item),
        office=office_name(item.office),
        state=state_label(item.state),
        tone=state_tone(item.state),
        waiting=waiting_label(item.state, reader),
        days=max(0, (today() - item.received_on).days) if _is_waiting(item) else None,
        is_draft=item.state is RequestState.DRAFT,
    )


def title_of(item: TrainingRequest) -> Text:
    """The course a request asks for, else its subjects, else its code."""
    names = timefmt.listed(subject_name(subject) for subject in item.subjects)
    return course_title(item) or Text(names or item.code, current_language())


def _is_waiting(item: TrainingRequest) -> bool:
    """A draft has not been received yet, so nothing is counted from it."""
    return item.state in WAITS_FOR and item.state is not RequestState.DRAFT
