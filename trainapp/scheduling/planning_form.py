"""The form a session is planned with: at most six meetings, everything typed is kept."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    DateField,
    Field,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    URLField,
    ValidationError,
)

from trainapp.accounts.queries import people_with_role
from trainapp.calendar.text import URL
from trainapp.catalogue.queries import course_by_code, course_choices, subject_choices
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.config import settings
from trainapp.core.errors import DomainError
from trainapp.core.forms import (
    BaseForm,
    CheckboxList,
    QueryForm,
    at_most,
    between,
    optional,
    plain_line,
    plain_text,
    required,
    stripped,
)
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import known_zones, listed, zone_choices, zone_label
from trainapp.offices.queries import office_choices
from trainapp.requests.labels import mode_label
from trainapp.requests.models import Mode, TrainingRequest
from trainapp.scheduling.forms import Choices, language_choices
from trainapp.scheduling.labels import kind_label, policy_label
from trainapp.scheduling.models import Meeting, OfficeRole, RegistrationPolicy, SessionKind, TrainingSession
from trainapp.scheduling.plan_check import BUREAU_ZONE
from trainapp.scheduling.plans import MOST_MEETINGS, MeetingPlan, Plan
from trainapp.scheduling.queries import planned_meetings

LINK_LIMIT = 1000
VENUE_LIMIT = 500
MOST_PEOPLE = 100_000
MOST_HOURS = 24 * 14
OFFERED_POLICIES = (RegistrationPolicy.OPEN, RegistrationPolicy.NOMINATION, RegistrationPolicy.CLOSED)
EARLIER, LATER = "earlier", "later"
SECURE_LINK = re.compile("https://" + URL.pattern.partition("://")[2])


def secure_link(form: Any, field: URLField) -> None:
    """An address that a browser opens over an encrypted connection."""
    if field.data and not SECURE_LINK.fullmatch(field.data):
        raise ValidationError(lazy("Please give a full address that begins with https://."))


class MeetingRow(QueryForm):
    """One meeting in wall time of the session's zone; a row left empty is no meeting."""

    on_date = DateField(lazy("Date"), [optional()])
    wall_start = TimeField(lazy("Start"), [optional()])
    wall_end = TimeField(lazy("End"), [optional()])
    is_later = RadioField(
        lazy("Which of the two times"),
        [optional()],
        choices=[
            SelectChoice(EARLIER, lazy("The earlier one, before the clocks go back")),
            SelectChoice(LATER, lazy("The later one, after the clocks have gone back")),
        ],
    )

    def is_empty(self) -> bool:
        return not any(field.raw_data and field.raw_data[0] for field in self.times())

    def times(self) -> tuple[DateField, TimeField, TimeField]:
        return self.on_date, self.wall_start, self.wall_end

    def validate(self, extra_validators: Any = None) -> bool:
        """A row that holds anything holds a date, a start and an end."""
        is_right: bool = super().validate(extra_validators)
        if self.is_empty():
            return is_right
        for field in self.times():
            if field.data is None and not field.errors:
                field.errors = [_("Please fill this in.")]
                is_right = False
        return is_right

    def planned(self, number: int) -> MeetingPlan | None:
        if self.on_date.data is None or self.wall_start.data is None or self.wall_end.data is None:
            return None
        is_later = None if not self.is_later.data else self.is_later.data == LATER
        return MeetingPlan(number, self.on_date.data, self.wall_start.data, self.wall_end.data, is_later)


class PlanForm(BaseForm):
    """What a coordinator decides about a session."""

    request = HiddenField()
    course = SelectField(lazy("Course"), [optional()])
    title = StringField(
        lazy("Title"),
        [at_most(), plain_line],
        filters=[stripped],
        description=lazy("In the language of the session. Without one, the title of the course is shown."),
    )
    subjects = CheckboxList(lazy("Subjects"), description=lazy("Without a choice, those of the course."))
    kind = SelectField(lazy("Kind"), [required()])
    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language of the session"), [required()])
    interpretation = CheckboxList(lazy("Interpretation into"))
    audience = StringField(lazy("For whom"), [at_most(), plain_line], filters=[stripped])
    office = SelectField(lazy("Beneficiary office"), [optional()])
    designation = StringField(
        lazy("The office as reports name it"),
        [at_most(), plain_line],
        filters=[stripped],
        description=lazy("Without one, the name in our list is used."),
    )
    trainers = CheckboxList(lazy("Trainers"))
    mode = SelectField(lazy("How people meet"), [required()])
    venue = TextAreaField(lazy("Venue"), [at_most(VENUE_LIMIT), plain_text], filters=[stripped])
    join_url = URLField(
        lazy("Link to join online"),
        [at_most(LINK_LIMIT), plain_line, secure_link],
        filters=[stripped],
        description=lazy("Only trainers and people who registered get this link."),
    )
    policy = SelectField(lazy("How people register"), [required()])
    capacity = IntegerField(
        lazy("Seats"),
        [optional(), between(1, MOST_PEOPLE)],
        description=lazy("Leave it empty where there is no limit."),
    )
    hold_hours = IntegerField(
        lazy("Hours a seat is held for an address not yet confirmed"),
        [required(), between(1, MOST_HOURS)],
        default=lambda: settings().hold_hours,
    )
    zone = SelectField(lazy("Time zone of the session"), [required()], default=BUREAU_ZONE)
    meeting_1 = FormField(MeetingRow, lazy("Meeting %(number)s", number=1))
    meeting_2 = FormField(MeetingRow, lazy("Meeting %(number)s", number=2))
    meeting_3 = FormField(MeetingRow, lazy("Meeting %(number)s", number=3))
    meeting_4 = FormField(MeetingRow, lazy("Meeting %(number)s", number=4))
    meeting_5 = FormField(MeetingRow, lazy("Meeting %(number)s", number=5))
    meeting_6 = FormField(MeetingRow, lazy("Meeting %(number)s", number=6))

    def offer(self) -> None:
        """Set the choices, in the reader's language."""
        self.course.choices = [("", _("No course: a title of its own")), *course_choices()]
        self.subjects.choices = subject_choices()
        self.kind.choices = [(kind.value, kind_label(kind)) for kind in SessionKind]
        self.spoken.choices = [("", _("Choose a language")), *language_choices()]
        self.interpretation.choices = language_choices()
        self.office.choices = [("", _("No office in particular")), *office_choices()]
        self.trainers.choices = trainer_choices()
        self.mode.choices = [(mode.value, mode_label(mode)) for mode in Mode]
        self.policy.choices = [(policy.value, policy_label(policy)) for policy in OFFERED_POLICIES]
        self.zone.choices = _with_zone(zone_choices(now()), self.zone.data)

    def rows(self) -> Iterator[FormField]:
        for number in range(1, MOST_MEETINGS + 1):
            yield self[f"meeting_{number}"]

    def plan(self) -> Plan:
        """The plan of a form that is valid by itself."""
        meetings = [row.form.planned(number) for number, row in enumerate(self.rows(), 1)]
        return Plan(
            kind=SessionKind(self.kind.data),
            language=self.spoken.data,
            mode=Mode(self.mode.data),
            zone=self.zone.data,
            policy=RegistrationPolicy(self.policy.data),
            meetings=tuple(meeting for meeting in meetings if meeting is not None),
            course=self.course.data or "",
            title=self.title.data or "",
            audience=self.audience.data or "",
            subjects=tuple(self.subjects.data or ()),
            interpretation=tuple(self.interpretation.data or ()),
            venue=self.venue.data or "",
            join_url=self.join_url.data or "",
            capacity=self.capacity.data,
            hold_hours=self.hold_hours.data,
            trainers=tuple(self.trainers.data or ()),
            office=self.office.data or "",
            designation=self.designation.data or "",
            request=self.request.data or "",
        )

    def show_problem(self, problem: DomainError) -> None:
        """Put a rule's sentence on the input it names, else above the form."""
        name, _dash, inner = (problem.field or "").partition("-")
        field = self._fields.get(name)
        if inner and isinstance(field, FormField):
            field = field.form._fields.get(inner)
        if field is None:
            self.form_errors.append(problem.message)
        else:
            field.errors = [*field.errors, problem.message]


def trainer_choices() -> Choices:
    return [(person.public_id, person.name) for person in people_with_role(Role.TRAINER)]


def _with_zone(choices: Choices, zone: str | None) -> Choices:
    """The zones to choose from, with the one that is set even where it is an old name."""
    if not zone or zone in dict(choices) or zone not in known_zones():
        return choices
    return [(zone, zone_label(zone, now())), *choices]


def values_of_request(request: TrainingRequest) -> dict[str, Any]:
    """What a request answers already of a new plan."""
    return {
        "request": request.public_id,
        "course": request.course.code if request.course else "",
        "subjects": [subject.code for subject in request.subjects],
        "kind": SessionKind.TRAINING.value,
        "spoken": request.languages[0],
        "audience": request.audience,
        "office": request.office.code,
        "mode": request.mode.value,
        "policy": RegistrationPolicy.NOMINATION.value,
        "zone": request.office.zone,
    }


def values_of_session(session: TrainingSession) -> dict[str, Any]:
    """A draft as the form shows it."""
    beneficiary = next((entry for entry in session.offices if entry.role is OfficeRole.BENEFICIARY), None)
    meetings = planned_meetings(session)[:MOST_MEETINGS]
    return {
        "request": session.requests[0].public_id if session.requests else "",
        "course": session.course.code if session.course else "",
        "title": session.titles.get(session.language or "", ""),
        "subjects": [entry.subject.code for entry in session.subjects],
        "kind": session.kind.value,
        "spoken": session.language,
        "interpretation": session.interpretation,
        "audience": session.audience,
        "office": beneficiary.office.code if beneficiary else "",
        "designation": beneficiary.designation if beneficiary else "",
        "trainers": [trainer.public_id for trainer in session.trainers],
        "mode": session.mode.value,
        "venue": session.venue,
        "join_url": session.join_url,
        "policy": session.policy.value,
        "capacity": session.capacity,
        "hold_hours": session.hold_hours,
        "zone": session.zone,
        **{f"meeting_{number}": _row_of(meeting) for number, meeting in enumerate(meetings, 1)},
    }


def _row_of(meeting: Meeting) -> dict[str, Any]:
    return {
        "on_date": meeting.on_date,
        "wall_start": meeting.wall_start,
        "wall_end": meeting.wall_end,
        "is_later": reading_of(meeting),
    }


def reading_of(meeting: Meeting) -> str | None:
    """Which of two equal wall times a meeting stands for; None where its times are shown once."""
    zone = ZoneInfo(meeting.zone)
    walls = ((meeting.wall_start, meeting.starts_at), (meeting.wall_end, meeting.ends_at))
    for wall, instant in walls:
        if wall is None or instant is None:
            continue
        first = datetime.combine(meeting.on_date, wall, zone)
        if first.utcoffset() != first.replace(fold=1).utcoffset():
            return EARLIER if first.astimezone(UTC) == instant else LATER
    return None


def hours_hint(request: TrainingRequest | None) -> str | None:
    """How the course of a request is held, to fill the rows by."""
    course = course_by_code(request.course.code) if request and request.course else None
    if course is None:
        return None
    return _(
        "Meetings in this course: %(meetings)s. Minutes of each: %(minutes)s.",
        meetings=course.meetings,
        minutes=course.minutes,
    )


def facts_of(form: PlanForm) -> list[tuple[str, str]]:
    """What was typed besides the meetings and their zone, as terms and values in the words of the choices."""
    shown = [field for field in form if not isinstance(field, FormField | HiddenField) and field is not form.zone]
    return [(str(field.label.text), _in_words(field)) for field in shown]


def _in_words(field: Field) -> str:
    if not field.data:
        return ""
    if isinstance(field, SelectMultipleField):
        return listed(label for code, label in field.choices if code in field.data)
    if isinstance(field, SelectField):
        return str(dict(field.choices).get(field.data, ""))
    return str(field.data)
