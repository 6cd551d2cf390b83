"""The form with which a session is changed: one row for each of its meetings, filled with what is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from wtforms import BooleanField, FormField, HiddenField, SelectField, TextAreaField, URLField

from trainapp.core.forms import BaseForm, CheckboxList, at_most, optional, plain_line, plain_text, required, stripped
from trainapp.core.languages import current_language, lazy
from trainapp.registrations.changes import Change, MeetingWish, SessionAct
from trainapp.requests.labels import mode_label
from trainapp.requests.models import Mode
from trainapp.scheduling.forms import language_choices
from trainapp.scheduling.labels import meeting_state_label
from trainapp.scheduling.models import Meeting, MeetingState, TrainingSession
from trainapp.scheduling.planning_form import LINK_LIMIT, VENUE_LIMIT, secure_link
from trainapp.scheduling.planning_rows_form import PlannedMeetingRow
from trainapp.scheduling.plans import MOST_MEETINGS, MeetingPlan, reading_of
from trainapp.scheduling.trainer_queries import trainer_profiles

WORDS_LIMIT = 2000
MEETING = "meeting_"


class KnownMeetingRow(PlannedMeetingRow):
    """A meeting of the session: it takes place at a time, or it is cancelled."""

    state = SelectField(lazy("Does it take place?"), [required()])

    def is_empty(self) -> bool:
        return False

    def wish(self, number: int) -> MeetingWish:
        return MeetingWish(number, self.state.data == MeetingState.CANCELLED.value, self.planned(number))


class ChangeForm(BaseForm):
    """What every change is sent with. `seen` is the mark of the effect that was shown before."""

    seen = HiddenField()
    words = TextAreaField(
        lazy("Note to everybody who is told"), [optional(), at_most(WORDS_LIMIT), plain_text], filters=[stripped]
    )
    # Not `language`: that name is the page's own in every address.
    words_language = SelectField(lazy("Language of the note"), [required()])
    despite_clashes = BooleanField(lazy("Do it all the same, although this stands against it"))

    def offer(self, session: TrainingSession) -> None:
        """Set the choices, in the reader's language."""
        self.words_language.choices = language_choices()

    def change(self, act: SessionAct | None) -> Change:
        """What is wanted by a form that is valid by itself."""
        return Change(
            act=act,
            words=_lines(self.words.data),
            words_language=self.words_language.data,
            despite_clashes=bool(self.despite_clashes.data),
        )


class CancelForm(ChangeForm):
    """Why a session is cancelled; nothing else of it changes."""

    words = TextAreaField(
        lazy("Why it is cancelled"),
        [required(), at_most(WORDS_LIMIT), plain_text],
        filters=[stripped],
        description=lazy("Everybody who is told reads this note."),
    )


class PlaceForm(ChangeForm):
    """Where people meet: what a trainer of a session may change."""

    venue = TextAreaField(lazy("Venue"), [at_most(VENUE_LIMIT), plain_text], filters=[stripped])
    join_url = URLField(
        lazy("Link to join online"),
        [at_most(LINK_LIMIT), plain_line, secure_link],
        filters=[stripped],
        description=lazy("Only trainers and people who registered get this link."),
    )

    def change(self, act: SessionAct | None) -> Change:
        return replace(super().change(act), venue=_lines(self.venue.data), join_url=self.join_url.data or "")


class SessionForm(PlaceForm):
    """Everything of a session. Its rows are `meeting_1` and so on; one more stands for a meeting that is added."""

    mode = SelectField(lazy("How people meet"), [required()])
    trainers = CheckboxList(lazy("Trainers"))

    def offer(self, session: TrainingSession) -> None:
        super().offer(session)
        self.mode.choices = [(mode.value, mode_label(mode)) for mode in Mode]
        known = {person.public_id: person.name for person, _profile in trainer_profiles()}
        present = {person.public_id: person.name for person in session.trainers}
        self.trainers.choices = sorted((known | present).items(), key=lambda choice: choice[1])
        for row in self.known_rows():
            row.form.state.choices = [(state.value, meeting_state_label(state)) for state in MeetingState]

    def known_rows(self) -> Iterator[FormField]:
        return (row for row in self.rows() if isinstance(row.form, KnownMeetingRow))

    def rows(self) -> Iterator[FormField]:
        """The rows of meetings, that of an added one last."""
        return (field for field in self if field.name.startswith(MEETING))

    def change(self, act: SessionAct | None) -> Change:
        return replace(
            super().change(act),
            meetings=tuple(row.form.wish(_number(row)) for row in self.known_rows()),
            added=tuple(self._added()),
            mode=Mode(self.mode.data),
            trainers=tuple(self.trainers.data or ()),
        )

    def _added(self) -> Iterator[MeetingPlan]:
        for row in self.rows():
            if not isinstance(row.form, KnownMeetingRow):
                plan = row.form.planned(_number(row))
                if plan is not None:
                    yield plan


def form_for(session: TrainingSession, act: SessionAct | None, *, coordinates: bool) -> type[ChangeForm]:
    """The form by which a person changes this session: its meetings are those of the session."""
    if act is SessionAct.CANCEL:
        return CancelForm
    if not coordinates:
        return PlaceForm
    rows: dict[str, Any] = {
        f"{MEETING}{meeting.number}": FormField(KnownMeetingRow, lazy("Meeting %(number)s", number=meeting.number))
        for meeting in session.meetings
        if _has_hours(meeting)
    }
    if len(session.meetings) < MOST_MEETINGS:
        number = max((meeting.number for meeting in session.meetings), default=0) + 1
        rows[f"{MEETING}{number}"] = FormField(PlannedMeetingRow, lazy("One more meeting"))
    return type("FormOfSession", (SessionForm,), rows)


def _has_hours(meeting: Meeting) -> bool:
    return meeting.starts_at is not None and meeting.wall_start is not None and meeting.wall_end is not None


def values_of(session: TrainingSession, trainers: Iterable[str] | None = None) -> dict[str, Any]:
    """What fills the form: the session as it is, with these trainers where they are given."""
    return {
        "mode": session.mode.value,
        "venue": session.venue,
        "join_url": session.join_url,
        "trainers": list(trainers or (person.public_id for person in session.trainers)),
        "words_language": current_language(),
        **{f"{MEETING}{meeting.number}": _row_of(meeting) for meeting in session.meetings if _has_hours(meeting)},
    }


def _row_of(meeting: Meeting) -> dict[str, Any]:
    walls = ((meeting.wall_start, meeting.starts_at), (meeting.wall_end, meeting.ends_at))
    return {
        "state": meeting.state.value,
        "on_date": meeting.on_date,
        "wall_start": meeting.wall_start,
        "wall_end": meeting.wall_end,
        "is_later": reading_of(meeting.on_date, meeting.zone, walls),
    }


def _number(row: FormField) -> int:
    return int(row.short_name.removeprefix(MEETING))


def _lines(text: str | None) -> str:
    """What a browser sends with line breaks of its own, with ours."""
    return (text or "").replace("\r\n", "\n")
