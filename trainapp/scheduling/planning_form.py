"""The form a session is planned with: as many meetings and offices as it takes, and everything typed is kept."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wtforms import (
    Field,
    FormField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
    ValidationError,
)

from trainapp.calendar.text import URL
from trainapp.catalogue.queries import course_by_code, course_choices, subject_choices
from trainapp.core.clock import now
from trainapp.core.config import settings
from trainapp.core.errors import DomainError
from trainapp.core.forms import (
    BaseForm,
    CheckboxList,
    at_most,
    between,
    optional,
    plain_line,
    plain_text,
    required,
    showable,
    stripped,
)
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import known_zones, listed, zone_choices, zone_label
from trainapp.core.tokens import public_id
from trainapp.offices.queries import office_choices, office_name
from trainapp.requests.labels import mode_label
from trainapp.requests.models import Mode, TrainingRequest
from trainapp.scheduling.forms import Choices, language_choices
from trainapp.scheduling.labels import kind_label, office_role_label, policy_label
from trainapp.scheduling.models import OfficeRole, RegistrationPolicy, SessionKind
from trainapp.scheduling.plan_check import BUREAU_ZONE
from trainapp.scheduling.planning_rows_form import MomentRow, OfficeRow, PlannedMeetingRow
from trainapp.scheduling.plans import EDITION_BY_DATE, MOST_MEETINGS, MOST_OFFICES, Plan
from trainapp.scheduling.trainer_queries import can_teach, trainer_profiles

LINK_LIMIT = 1000
VENUE_LIMIT = 500
MOST_PEOPLE = 100_000
MOST_HOURS = 24 * 14
USUAL_REMINDER_HOURS = 24
FEWEST_MEETINGS, FEWEST_OFFICES = 3, 2
MORE_MEETINGS, MORE_OFFICES = 3, 2
"""How many rows a new form shows, and how many more a press on its button adds."""
MEETING, OFFICE, EDITION = "meeting_", "office_", "edition_"
EDITION_LIMIT = 32
SECURE_LINK = re.compile("https://" + URL.pattern.partition("://")[2])


def secure_link(form: Any, field: URLField) -> None:
    """An address that a browser opens over an encrypted connection."""
    if field.data and not SECURE_LINK.fullmatch(field.data):
        raise ValidationError(lazy("Please give a full address that begins with https://."))


class PlanForm(BaseForm):
    """What a coordinator decides about a session.

    Its rows are `meeting_1`, `office_1` and so on; `editions` are chosen where the plan is checked, and carried along.
    `key` tells one form from the next, so that a new session sent twice is kept once; `seen` is the mark of the draft
    that the form showed. `kept` are the requests a draft goes on answering, and there only where it has some.
    """

    key = HiddenField(default=public_id)
    seen = HiddenField()
    kept = CheckboxList(lazy("Requests"), validate_choice=False)

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
    seats_per_office = IntegerField(
        lazy("Seats for each IP office"),
        [optional(), between(1, MOST_PEOPLE)],
        description=lazy("More people of an office wait until one of its seats is free. Leave it empty for no limit."),
    )
    hold_hours = IntegerField(
        lazy("Hours a seat is held for an address not yet confirmed"),
        [required(), between(1, MOST_HOURS)],
        default=lambda: settings().hold_hours,
    )
    confirm_hours = IntegerField(
        lazy("Hours to confirm a seat that became free"),
        [optional(), between(1, MOST_HOURS)],
        description=lazy(
            "For people who waited; then it goes to the next. Leave it empty where they need not confirm."
        ),
    )
    reminder_hours = IntegerField(
        lazy("Hours before each meeting when a reminder is sent"),
        [optional(), between(0, MOST_HOURS)],
        default=USUAL_REMINDER_HOURS,
        description=lazy("Leave it empty where no reminder is to be sent."),
    )
    zone = SelectField(lazy("Time zone of the session"), [required()], default=BUREAU_ZONE)
    opens = FormField(MomentRow, lazy("Registration opens"))
    closes = FormField(MomentRow, lazy("Registration closes"))

    editions: Mapping[str, str] = {}

    def offer(self, requests: Sequence[TrainingRequest] = ()) -> None:
        """Set the choices, in the reader's language. Trainers who teach what is chosen so far come first.

        `requests` are those that a draft may keep.
        """
        if "kept" in self and requests:
            self.kept.choices = [(each.public_id, f"{each.code}, {office_name(each.office)}") for each in requests]
        elif "kept" in self:
            del self.kept
        self.course.choices = [("", _("No course: a title of its own")), *course_choices()]
        self.subjects.choices = subject_choices()
        self.kind.choices = [(kind.value, kind_label(kind)) for kind in SessionKind]
        self.spoken.choices = [("", _("Choose a language")), *language_choices()]
        self.interpretation.choices = language_choices()
        self.trainers.choices = _trainer_choices(self._subjects_meant(), self.spoken.data)
        self.mode.choices = [(mode.value, mode_label(mode)) for mode in Mode]
        self.policy.choices = [(policy.value, policy_label(policy)) for policy in RegistrationPolicy]
        self.zone.choices = _with_zone(zone_choices(now()), self.zone.data)
        offices = [("", _("No office in particular")), *office_choices()]
        roles = [(role.value, office_role_label(role)) for role in OfficeRole]
        for row in self.office_rows():
            row.form.office.choices, row.form.role.choices = offices, roles

    def _subjects_meant(self) -> list[str]:
        """The subjects chosen so far, else those of the course."""
        if self.subjects.data or self.course.data not in dict(self.course.choices):
            return list(self.subjects.data or ())
        course = course_by_code(self.course.data)
        return [subject.code for subject in course.subjects] if course else []

    def show_rows(self, meetings: int, offices: int) -> None:
        """Keep so many rows, in the limits of what a form may hold."""
        for beginning, wanted, fewest, most in (
            (MEETING, meetings, FEWEST_MEETINGS, MOST_MEETINGS),
            (OFFICE, offices, FEWEST_OFFICES, MOST_OFFICES),
        ):
            for number in range(max(wanted, fewest) + 1, most + 1):
                del self[f"{beginning}{number}"]

    def rows(self) -> Iterator[FormField]:
        """The rows of meetings that are shown."""
        return self._rows(MEETING, MOST_MEETINGS)

    def office_rows(self) -> Iterator[FormField]:
        return self._rows(OFFICE, MOST_OFFICES)

    def _rows(self, beginning: str, most: int) -> Iterator[FormField]:
        names = (f"{beginning}{number}" for number in range(1, most + 1))
        return (self[name] for name in names if name in self)

    def takes_more_meetings(self) -> bool:
        return f"{MEETING}{MOST_MEETINGS}" not in self

    def takes_more_offices(self) -> bool:
        return f"{OFFICE}{MOST_OFFICES}" not in self

    def plan(self, requests: Iterable[str]) -> Plan:
        """The plan of a form that is valid by itself, for the requests of these public ids."""
        meetings = [row.form.planned(number) for number, row in enumerate(self.rows(), 1)]
        offices = [row.form.planned(number) for number, row in enumerate(self.office_rows(), 1)]
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
            confirm_hours=self.confirm_hours.data,
            seats_per_office=self.seats_per_office.data,
            reminder_hours=self.reminder_hours.data or None,
            trainers=tuple(self.trainers.data or ()),
            offices=tuple(office for office in offices if office is not None),
            editions=tuple(self.editions.items()),
            opens=self.opens.form.planned("opens"),
            closes=self.closes.form.planned("closes"),
            requests=tuple(requests),
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


for _number in range(1, MOST_MEETINGS + 1):
    setattr(PlanForm, f"{MEETING}{_number}", FormField(PlannedMeetingRow, lazy("Meeting %(number)s", number=_number)))
for _number in range(1, MOST_OFFICES + 1):
    setattr(PlanForm, f"{OFFICE}{_number}", FormField(OfficeRow, lazy("Office %(number)s", number=_number)))


def rows_sent(names: Iterable[str], beginning: str, most: int) -> int:
    """The highest number among the rows of a form that was sent."""
    numbers = [name.removeprefix(beginning).partition("-")[0] for name in names if name.startswith(beginning)]
    known = {str(number): number for number in range(1, most + 1)}
    return max((known[each] for each in numbers if each in known), default=0)


def editions_sent(values: Mapping[str, str]) -> dict[str, str]:
    """What was chosen of the editions of subjects, by the code of the subject."""
    return {
        showable(name.removeprefix(EDITION)): showable(value)
        for name, value in values.items()
        if name.startswith(EDITION) and value != EDITION_BY_DATE and len(value) <= EDITION_LIMIT
    }


def _trainer_choices(subject_codes: Iterable[str], language: str | None) -> list[SelectChoice]:
    """Every trainer of today; in two groups where some teach this and some do not."""
    codes = list(subject_codes)
    trainers = [(person, can_teach(profile, codes, language or None)) for person, profile in trainer_profiles()]
    if len({is_able for _person, is_able in trainers}) < 2:
        return [SelectChoice(person.public_id, person.name) for person, _is_able in trainers]
    groups = {True: _("They teach this in the language of the session"), False: _("Other trainers")}
    return [
        SelectChoice(person.public_id, person.name, optgroup=label)
        for wanted, label in groups.items()
        for person, is_able in trainers
        if is_able is wanted
    ]


def _with_zone(choices: Choices, zone: str | None) -> Choices:
    """The zones to choose from, with the one that is set even where it is an old name."""
    if not zone or zone in dict(choices) or zone not in known_zones():
        return choices
    return [(zone, zone_label(zone, now())), *choices]


def facts_of(form: PlanForm) -> list[tuple[str, str]]:
    """What was typed besides the times, as terms and values in the words of the choices."""
    shown = [field for field in form if not isinstance(field, FormField | HiddenField) and field is not form.zone]
    rows = [row.form for row in form.office_rows() if row.form.office.data]
    return [
        *((str(field.label.text), _in_words(field)) for field in shown),
        *((_in_words(row.role), row.designation.data or _in_words(row.office)) for row in rows),
    ]


def _in_words(field: Field) -> str:
    if not field.data:
        return ""
    if isinstance(field, SelectField | SelectMultipleField):
        return listed(str(choice.label) for choice in field.iter_choices() if choice.selected)
    return str(field.data)
