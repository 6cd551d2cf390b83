"""A clash as one line of the list of all."""

from collections.abc import Iterable
from dataclasses import dataclass

from trainapp.core.clashes import Clash
from trainapp.core.languages import Text
from trainapp.core.timefmt import TimeLine, time_lines
from trainapp.scheduling.clashes import SessionClash
from trainapp.scheduling.labels import TONES, session_state_label
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_title


@dataclass(frozen=True)
class ClashRow:
    """What stands against which session, and when its meeting is: the reader's own time first."""

    clash: Clash
    code: str
    title: Text
    state: tuple[str, str]
    lines: list[TimeLine]


def clash_rows(found: Iterable[SessionClash], zone: str) -> list[ClashRow]:
    return [
        ClashRow(
            clash=each.clash,
            code=each.session.code,
            title=session_title(each.session),
            state=(session_state_label(each.session.state), TONES[each.session.state]),
            lines=_lines(each.clash, each.session, zone),
        )
        for each in found
    ]


def _lines(clash: Clash, session: TrainingSession, zone: str) -> list[TimeLine]:
    meeting = next((meeting for meeting in session.meetings if meeting.starts_at == clash.at), None)
    if meeting is None or meeting.starts_at is None or meeting.ends_at is None:
        return []
    return time_lines(meeting.starts_at, meeting.ends_at, zone, [session.zone])
