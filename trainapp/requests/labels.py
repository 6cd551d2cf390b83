"""What people read for the states, steps and choices of a request."""

from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import number
from trainapp.requests.models import Channel, Mode, RequestEvent, RequestState, Step
from trainapp.requests.steps import WAITS_FOR, Side


def state_label(state: RequestState) -> str:
    labels = {
        RequestState.DRAFT: _("Draft"),
        RequestState.SUBMITTED: _("Sent"),
        RequestState.IN_REVIEW: _("In review"),
        RequestState.NEEDS_INFORMATION: _("Needs information"),
        RequestState.PROPOSED: _("Dates proposed"),
        RequestState.COUNTERED: _("Other dates proposed"),
        RequestState.AGREED: _("Agreed"),
        RequestState.SCHEDULED: _("Scheduled"),
        RequestState.DELIVERED: _("Delivered"),
        RequestState.DECLINED: _("Declined"),
        RequestState.WITHDRAWN: _("Withdrawn"),
    }
    return labels[state]


def state_tone(state: RequestState) -> str:
    """The tone of a state's tag (components/status.html)."""
    tones = {
        RequestState.NEEDS_INFORMATION: "warn",
        RequestState.PROPOSED: "warn",
        RequestState.COUNTERED: "warn",
        RequestState.AGREED: "good",
        RequestState.SCHEDULED: "good",
        RequestState.DELIVERED: "good",
        RequestState.DECLINED: "bad",
        RequestState.SUBMITTED: "info",
        RequestState.IN_REVIEW: "info",
    }
    return tones.get(state, "neutral")


def mode_label(mode: Mode) -> str:
    labels = {
        Mode.ONLINE: _("Online"),
        Mode.IN_PERSON: _("In person"),
        Mode.HYBRID: _("Hybrid"),
    }
    return labels[mode]


def channel_label(channel: Channel) -> str:
    labels = {
        Channel.OFFICE: _("On this site"),
        Channel.LETTER: _("By letter"),
        Channel.EMAIL: _("By e-mail"),
    }
    return labels[channel]


def step_label(step: Step) -> str:
    """What has happened, as it stands in the history and in the subject of a mail."""
    labels = {
        Step.SAVE_DRAFT: _("The draft was kept"),
        Step.SUBMIT: _("The request was sent"),
        Step.REVIEW: _("The review has begun"),
        Step.ASK: _("The secretariat has a question"),
        Step.ANSWER: _("The office has answered"),
        Step.PROPOSE: _("The secretariat has proposed dates"),
        Step.COUNTER: _("The office has proposed other dates"),
        Step.AGREE: _("The training is agreed"),
        Step.SCHEDULE: _("The training is scheduled"),
        Step.CALL_OFF: _("The training was called off and is to be planned again"),
        Step.DELIVER: _("The training has taken place"),
        Step.DECLINE: _("The request was declined"),
        Step.WITHDRAW: _("The request was withdrawn"),
        Step.REOPEN: _("The request was opened again"),
        Step.ASSIGN: _("The request was assigned"),
        Step.COMMENT: _("A comment"),
    }
    return labels[step]


def event_label(event: RequestEvent) -> str:
    """What has happened, as `step_label` says it; a counter-proposal in words alone has offered no dates."""
    if event.step is Step.COUNTER and not event.slots:
        return _("The proposed dates do not suit the office")
    return step_label(event.step)


def step_tone(step: Step) -> str:
    tones = {
        Step.AGREE: "good",
        Step.SCHEDULE: "good",
        Step.DELIVER: "good",
        Step.ASK: "warn",
        Step.CALL_OFF: "warn",
        Step.DECLINE: "bad",
    }
    return tones.get(step, "neutral")


def action_label(step: Step) -> str:
    """What a button that takes a step says."""
    labels = {
        Step.SAVE_DRAFT: _("Keep as draft"),
        Step.SUBMIT: _("Send the request"),
        Step.REVIEW: _("Begin the review"),
        Step.ASK: _("Ask the office"),
        Step.ANSWER: _("Send the answer"),
        Step.PROPOSE: _("Propose dates"),
        Step.COUNTER: _("Propose other dates"),
        Step.AGREE: _("Agree"),
        Step.DECLINE: _("Decline the request"),
        Step.WITHDRAW: _("Withdraw the request"),
        Step.REOPEN: _("Open the request again"),
        Step.COMMENT: _("Send a comment"),
    }
    return labels.get(step, step_label(step))


def waiting_label(state: RequestState, reader: Side) -> str:
    """Whose turn it is, from where the reader sits; empty where nobody is waited for."""
    side = WAITS_FOR.get(state)
    if side is None:
        return ""
    if side is reader:
        return _("Waiting for you")
    return _("Waiting for the office") if side is Side.OFFICE else _("Waiting for the secretariat")


def what_next(state: RequestState, reader: Side, *, has_dates: bool = True) -> str:
    """What happens next, in one sentence for the reader's side.

    Without dates on the table, a request stands at a counter-proposal that was made in words alone.
    """
    if state is RequestState.COUNTERED and not has_dates:
        return _next_without_dates(reader)
    return _next_for_office(state) if reader is Side.OFFICE else _next_for_secretariat(state)


def _next_without_dates(reader: Side) -> str:
    if reader is Side.OFFICE:
        return _("The secretariat is studying your request; you need not do anything now.")
    return _("Read what the office wrote, then propose other dates or agree.")


def _next_for_office(state: RequestState) -> str:
    sentences = {
        RequestState.DRAFT: _("Complete your request and send it; nobody else sees it before."),
        RequestState.SUBMITTED: _("The secretariat will read your request and answer you here."),
        RequestState.IN_REVIEW: _("The secretariat is studying your request; you need not do anything now."),
        RequestState.NEEDS_INFORMATION: _("Please answer the question of the secretariat."),
        RequestState.PROPOSED: _("Please agree to the proposed dates, or propose others."),
        RequestState.COUNTERED: _("The secretariat is looking at the dates you proposed."),
        RequestState.AGREED: _("The secretariat will now plan the sessions."),
    }
    return sentences.get(state) or _end_of_the_way(state)


def _next_for_secretariat(state: RequestState) -> str:
    sentences = {
        RequestState.DRAFT: _("The office has not sent this request yet."),
        RequestState.SUBMITTED: _("Read the request and begin its review."),
        RequestState.IN_REVIEW: _("Ask the office what is missing, propose dates, or agree."),
        RequestState.NEEDS_INFORMATION: _("It is the office's turn to answer."),
        RequestState.PROPOSED: _("The office is looking at the proposed dates."),
        RequestState.COUNTERED: _("Look at the dates the office proposed, and agree or propose others."),
        RequestState.AGREED: _("Plan the sessions of this training."),
    }
    return sentences.get(state) or _end_of_the_way(state)


def _end_of_the_way(state: RequestState) -> str:
    sentences = {
        RequestState.SCHEDULED: _("The sessions are planned; nobody needs to do anything before they take place."),
        RequestState.DELIVERED: _("The training has taken place; this request is complete."),
        RequestState.DECLINED: _("This request was declined and is closed."),
        RequestState.WITHDRAWN: _("This request was withdrawn and is closed."),
    }
    return sentences[state]


def words_missing(step: Step) -> object:
    """What is said to somebody who takes a step without the words it needs."""
    messages = {
        Step.ASK: lazy("Write your question to the office."),
        Step.ANSWER: lazy("Write your answer to the secretariat."),
        Step.COUNTER: lazy("Offer other dates and times, or write when it would suit."),
        Step.DECLINE: lazy("Write why the request is declined."),
    }
    return messages.get(step, lazy("Write your comment."))


def slot_label(position: int) -> str:
    """What one of several offered sets of dates is called."""
    return _("Choice %(number)s", number=number(position))
