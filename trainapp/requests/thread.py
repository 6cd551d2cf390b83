"""The thread of a request as its reader reads it: what happened, with words, files and offered dates."""

from collections.abc import Sequence
from dataclasses import dataclass

from trainapp.core import timefmt
from trainapp.core.clashes import Clash
from trainapp.core.languages import _
from trainapp.files.labels import kind_label, size_label
from trainapp.requests.labels import event_label, slot_label, step_tone
from trainapp.requests.models import RequestEvent, RequestState, Slot, Step, TrainingRequest
from trainapp.requests.queries import agreed_slot, standing_slots
from trainapp.requests.slots import SECRETARIAT_ZONE, has_begun, meeting_times, slot_clashes

Tag = tuple[str, str]


@dataclass(frozen=True)
class SlotLines:
    """Offered dates in words: each meeting's times, the reader's own first, and what stands against them."""

    public_id: str
    label: str
    state: Tag
    meetings: list[list[timefmt.TimeLine]]
    trainers: str
    clashes: list[Clash]
    may_be_chosen: bool


@dataclass(frozen=True)
class FileLine:
    """A file that came with a step. `public_id` is that of the stored file."""

    public_id: str
    name: str
    kind: str
    size: str
    is_original: bool


@dataclass(frozen=True)
class EventLine:
    """One step in words."""

    title: str
    who: str
    when: str
    text: str
    tone: str
    files: list[FileLine]
    slots: list[SlotLines]


def thread_of(request: TrainingRequest, zone: str) -> list[EventLine]:
    """What has happened, oldest first. How often a draft was kept is of no interest once it is sent."""
    is_draft = request.state is RequestState.DRAFT
    return event_lines(
        request, [event for event in request.events if is_draft or event.step is not Step.SAVE_DRAFT], zone
    )


def event_lines(request: TrainingRequest, events: Sequence[RequestEvent], zone: str) -> list[EventLine]:
    """Some of the steps of a request, in the language being spoken and a reader's zone."""
    return [
        EventLine(
            title=event_title(event),
            who=event.person.name,
            when=timefmt.moment(event.at, zone),
            text="" if event.step is Step.ASSIGN else event.comment,
            tone=step_tone(event.step),
            files=file_lines(event),
            slots=slot_lines(request, event.slots, zone),
        )
        for event in events
    ]


def event_title(event: RequestEvent) -> str:
    """What happened. The comment of an assignment is the colleague's name; it has none when nobody is named."""
    if event.step is not Step.ASSIGN:
        return event_label(event)
    return _("Assigned to %(name)s", name=event.comment) if event.comment else _("Assigned to nobody any more")


def file_lines(event: RequestEvent) -> list[FileLine]:
    return [
        FileLine(
            attachment.file.public_id,
            attachment.file.name,
            kind_label(attachment.file),
            size_label(attachment.file.size),
            attachment.is_original,
        )
        for attachment in event.attachments
    ]


def slot_lines(request: TrainingRequest, slots: Sequence[Slot], zone: str) -> list[SlotLines]:
    """Offered dates in words; what stands against them is said while somebody can still decide."""
    standing, agreed = standing_slots(request), agreed_slot(request)
    return [_slot_line(request, slot, zone, is_standing=slot in standing, is_agreed=slot is agreed) for slot in slots]


def _slot_line(request: TrainingRequest, slot: Slot, zone: str, *, is_standing: bool, is_agreed: bool) -> SlotLines:
    times = meeting_times(slot)
    others = [request.office.zone, SECRETARIAT_ZONE]
    return SlotLines(
        public_id=slot.public_id,
        label=slot_label(slot.position),
        state=_slot_state(is_standing=is_standing, is_agreed=is_agreed),
        meetings=[timefmt.time_lines(*meeting, zone, others) for meeting in times],
        trainers=timefmt.listed(trainer.name for trainer in slot.trainers),
        clashes=slot_clashes(times, request) if is_standing or is_agreed else [],
        may_be_chosen=is_standing and not has_begun(slot),
    )


def _slot_state(*, is_standing: bool, is_agreed: bool) -> Tag:
    if is_agreed:
        return _("Agreed"), "good"
    if is_standing:
        return _("Waits for an answer"), "warn"
    return _("No longer offered"), "neutral"
