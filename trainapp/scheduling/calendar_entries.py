"""What a meeting says in a calendar, in one language; times stand in words beside the instants."""

from datetime import datetime

from trainapp.calendar.entries import Entry
from trainapp.core.languages import _, language_name, speaking
from trainapp.core.timefmt import UTC_NAME, time_lines
from trainapp.core.urls import absolute_url
from trainapp.requests.models import Mode
from trainapp.scheduling.models import Meeting, MeetingState, SessionState, TrainingSession
from trainapp.scheduling.queries import session_title


def entry_of(
    session: TrainingSession,
    meeting: Meeting,
    language: str,
    *,
    join_link: bool,
    sequence: int | None = None,
    zone: str | None = None,
) -> Entry:
    """The calendar entry of a meeting that has hours.

    `join_link` puts the link to join into it: for people who are coming, never for the public. `sequence` is the
    invitation's where it has its own; `zone` the reader's, whose time then stands first.

    Raises:
        ValueError: the meeting has no hours, so it never stands in a calendar.
    """
    if meeting.starts_at is None or meeting.ends_at is None:
        raise ValueError(f"a meeting without hours: {meeting.uid}")
    with speaking(language):
        page_url = absolute_url("scheduling.session", code=session.code, language=language)
        title = str(session_title(session, language))
        return Entry(
            uid=meeting.uid,
            sequence=meeting.sequence if sequence is None else sequence,
            revised_at=revision_of(session.revised_at, meeting.revised_at),
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            language=language,
            summary=title,
            description=_description(session, meeting, zone or meeting.zone, page_url),
            location=location_of(session),
            url=page_url,
            conference_url=session.join_url if join_link else "",
            cancelled=is_cancelled(session, meeting),
            cancelled_summary=_("Cancelled: %(title)s", title=title),
        )


def revision_of(session_revised_at: datetime, meeting_revised_at: datetime) -> datetime:
    """When an entry last changed: with its session or with its meeting."""
    return max(session_revised_at, meeting_revised_at)


def is_cancelled(session: TrainingSession, meeting: Meeting) -> bool:
    return session.state is SessionState.CANCELLED or meeting.state is MeetingState.CANCELLED


def location_of(session: TrainingSession) -> str:
    """Where a session takes place, in the language texts are being made in."""
    if session.mode is Mode.ONLINE or not session.venue:
        return _("Online")
    if session.mode is Mode.HYBRID:
        return _("%(venue)s, and online", venue=session.venue)
    return session.venue


def _description(session: TrainingSession, meeting: Meeting, zone: str, page_url: str) -> str:
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    lines = [str(line) for line in time_lines(meeting.starts_at, meeting.ends_at, zone, (meeting.zone, UTC_NAME))]
    count = len(session.meetings)  # the cancelled ones too: the entries of the others then stay as they were
    if count > 1 and meeting.state is MeetingState.PLANNED:
        lines.append(_("This is meeting %(number)s of %(count)s.", number=meeting.number, count=count))
    if session.language:
        lines.append(_("Language of the session: %(language)s.", language=language_name(session.language)))
    lines.append(_("Page of the session: %(url)s", url=page_url))
    return "\n".join(lines)
