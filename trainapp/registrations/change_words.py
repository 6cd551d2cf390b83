"""What a change to a session is called, in whole sentences, in the language being spoken and a reader's own time."""

from collections.abc import Iterator

from trainapp.core.languages import _
from trainapp.core.timefmt import listed, span
from trainapp.registrations.changes import Content, Fact, Times, What
from trainapp.scheduling.calendar_entries import location_of
from trainapp.scheduling.models import TrainingSession


def sentences_of(session: TrainingSession, content: Content, zone: str, *, has_link: bool) -> list[str]:
    """What changed, for a reader of a zone; the link is the business of those who have it alone."""
    facts = [fact for fact in content.facts if has_link or fact.what is not What.LINK]
    return [*(_sentence(session, fact, zone) for fact in facts), *_about_the_law(session, content, zone)]


def _sentence(session: TrainingSession, fact: Fact, zone: str) -> str:
    if fact.number is not None:
        return _of_meeting(session, fact, zone)
    if fact.what is What.PLACE:
        return _("The place has changed. It is now: %(place)s", place=location_of(session))
    if fact.what is What.TRAINERS:
        return _("The trainers have changed. They are now: %(names)s", names=listed(fact.names))
    sentences = {
        What.CANCELLED: _("This session is cancelled."),
        What.REINSTATED: _("This session takes place after all."),
        What.LINK: _("The link to join online has changed. Please use the new one."),
    }
    return sentences[fact.what]


def _of_meeting(session: TrainingSession, fact: Fact, zone: str) -> str:
    before, after = _when(fact.before, zone), _when(fact.after, zone)
    if len(session.meetings) == 1 and fact.what is What.MOVED:
        return _("The session has moved. Before: %(before)s. Now: %(after)s.", before=before, after=after)
    number = fact.number
    if fact.what is What.MOVED:
        return _(
            "Meeting %(number)s has moved. Before: %(before)s. Now: %(after)s.",
            number=number,
            before=before,
            after=after,
        )
    if fact.what is What.MEETING_CANCELLED:
        return _("Meeting %(number)s is cancelled: %(when)s.", number=number, when=before)
    if fact.what is What.MEETING_REINSTATED:
        return _("Meeting %(number)s takes place after all: %(when)s.", number=number, when=after)
    return _("There is one more meeting, with number %(number)s: %(when)s.", number=number, when=after)


def _when(times: Times | None, zone: str) -> str:
    return span(*times, zone) if times is not None else ""


def _about_the_law(session: TrainingSession, content: Content, zone: str) -> Iterator[str]:
    for meeting in session.meetings:
        if meeting.number in content.zone_law and meeting.starts_at is not None and meeting.ends_at is not None:
            yield _(
                "The law has changed the clocks in the time zone of this session. There, meeting %(number)s stays at "
                "its hour; for you it is now: %(when)s.",
                number=meeting.number,
                when=span(meeting.starts_at, meeting.ends_at, zone),
            )
