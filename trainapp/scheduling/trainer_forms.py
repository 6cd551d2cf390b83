"""Input shapes of the trainers' pages: what they teach and when they work, days that differ, answers, substitution."""

from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import (
    DateField,
    Field,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)

from trainapp.catalogue.queries import subject_choices
from trainapp.core.clashes import Severity
from trainapp.core.clock import now
from trainapp.core.errors import DomainError
from trainapp.core.forms import (
    BaseForm,
    CheckboxList,
    QueryForm,
    at_most,
    optional,
    plain_line,
    plain_text,
    required,
    stripped,
)
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import known_zones, weekday_name, zone_choices, zone_label
from trainapp.scheduling.clash_words import Topic, severity_label, topic_label
from trainapp.scheduling.forms import Choices, language_choices
from trainapp.scheduling.models import TrainerProfile
from trainapp.scheduling.teaching import REASON_LIMIT
from trainapp.scheduling.trainers import NOTE_LIMIT, ExceptionWish, HoursWish, ProfileWish

FIRST_ROWS, MORE_ROWS, MOST_ROWS = 7, 5, 28
AWAY, WORKING = "away", "working"


class HoursRow(QueryForm):
    """Hours on one weekday; a row without a weekday and without hours says nothing."""

    weekday = SelectField(lazy("Day of the week"), [optional()])
    from_time = TimeField(lazy("Start"), [optional()])
    to_time = TimeField(lazy("End"), [optional()])

    def is_empty(self) -> bool:
        return not any(_sent(field) for field in (self.weekday, self.from_time, self.to_time))

    def validate(self, extra_validators: Any = None) -> bool:
        """A row that holds anything holds a weekday, a start and an end."""
        is_right: bool = super().validate(extra_validators)
        if self.is_empty():
            return is_right
        for field in (self.weekday, self.from_time, self.to_time):
            if not _is_filled(field) and not field.errors:
                field.errors = [_("Please fill this in.")]
                is_right = False
        return is_right

    def wished(self, row: int) -> HoursWish | None:
        if self.is_empty():
            return None
        return HoursWish(int(self.weekday.data), self.from_time.data, self.to_time.data, row)


def _sent(field: Field) -> str:
    return str(field.raw_data[0]) if field.raw_data else ""


def _is_filled(field: Field) -> bool:
    return field.data is not None and field.data != ""


class TrainerProfileForm(BaseForm):
    """What a trainer teaches, in which languages, and when in the week. `rows` is how many rows of hours are shown.

    `seen` is the mark of the profile that it showed.
    """

    subjects = CheckboxList(lazy("Subjects"), description=lazy("Without a choice: every subject."))
    # Not `language`: that name is the page's own in every address.
    spoken = CheckboxList(lazy("Languages of teaching"), description=lazy("Without a choice: every language."))
    zone = SelectField(
        lazy("Time zone"), [required()], description=lazy("The hours and days below are meant in this zone.")
    )
    rows = IntegerField(default=FIRST_ROWS)
    seen = HiddenField()

    def offer(self) -> None:
        """Set the choices, in the reader's language."""
        self.subjects.choices = subject_choices()
        self.spoken.choices = language_choices()
        self.zone.choices = _with_zone(zone_choices(now()), self.zone.data)
        weekdays = [("", _("Choose a day")), *((str(day), weekday_name(day)) for day in range(1, 8))]
        for row in self.all_rows():
            row.form.weekday.choices = weekdays

    def all_rows(self) -> list[FormField]:
        return [self[f"hours_{number}"] for number in range(1, MOST_ROWS + 1)]

    def shown_rows(self) -> list[FormField]:
        """The rows asked for, and all that hold something."""
        rows = self.all_rows()
        filled = max((number for number, row in enumerate(rows, 1) if _row_holds(row)), default=0)
        return rows[: max(filled, self.row_count())]

    def row_count(self) -> int:
        return min(max(self.rows.data or FIRST_ROWS, FIRST_ROWS), MOST_ROWS)

    def show_more_rows(self) -> None:
        self.rows.data = min(len(self.shown_rows()) + MORE_ROWS, MOST_ROWS)

    def takes_more_rows(self) -> bool:
        return len(self.shown_rows()) < MOST_ROWS

    def wish(self) -> ProfileWish:
        """The profile of a form that is valid by itself."""
        hours = [row.form.wished(number) for number, row in enumerate(self.all_rows(), 1)]
        return ProfileWish(
            zone=self.zone.data,
            languages=tuple(self.spoken.data or ()),
            subjects=tuple(self.subjects.data or ()),
            hours=tuple(each for each in hours if each is not None),
        )


def _row_holds(row: FormField) -> bool:
    return not row.form.is_empty() or row.form.from_time.data is not None


for _number in range(1, MOST_ROWS + 1):
    setattr(TrainerProfileForm, f"hours_{_number}", FormField(HoursRow, lazy("Hours %(number)s", number=_number)))


def values_of_profile(profile: TrainerProfile | None, zone: str) -> dict[str, Any]:
    """A profile as its form shows it; without one, what is taken to hold until then."""
    if profile is None:
        return {"zone": zone}
    hours = {
        f"hours_{number}": {"weekday": str(each.weekday), "from_time": each.from_time, "to_time": each.to_time}
        for number, each in enumerate(profile.hours[:MOST_ROWS], 1)
    }
    return {
        "zone": profile.zone,
        "subjects": [subject.code for subject in profile.subjects],
        "spoken": list(profile.languages),
        **hours,
    }


class ExceptionForm(BaseForm):
    """Days that differ from the week."""

    about = RadioField(lazy("What differs"), default=AWAY, choices=[])
    first_day = DateField(lazy("First day"), [required()])
    last_day = DateField(lazy("Last day"), [optional()], description=lazy("Leave it empty for a single day."))
    from_time = TimeField(lazy("Start"), [optional()], description=lazy("Leave the hours empty for whole days."))
    to_time = TimeField(lazy("End"), [optional()])
    note = StringField(
        lazy("Note"),
        [at_most(NOTE_LIMIT), plain_line],
        filters=[stripped],
        description=lazy("Only you and the coordinators see it."),
    )

    def offer(self) -> None:
        self.about.choices = [(AWAY, _("Away")), (WORKING, _("Working after all"))]

    def wish(self) -> ExceptionWish:
        """The days of a form that is valid by itself."""
        return ExceptionWish(
            first_day=self.first_day.data,
            last_day=self.last_day.data or self.first_day.data,
            from_time=self.from_time.data,
            to_time=self.to_time.data,
            is_free=self.about.data == WORKING,
            note=self.note.data or "",
        )


class DeclineForm(BaseForm):
    """Why a trainer cannot teach a session."""

    reason = TextAreaField(
        lazy("Why you cannot teach it"), [required(), at_most(REASON_LIMIT), plain_text], filters=[stripped]
    )


class SubstitutionForm(BaseForm):
    """Who leaves, who comes, and a note to both."""

    leaving = RadioField(lazy("Who is replaced"), [required()])
    coming = RadioField(lazy("Who is asked instead"), [required()])
    words = TextAreaField(lazy("Note to both"), [at_most(REASON_LIMIT), plain_text], filters=[stripped])

    def offer(self, leaving: Choices, coming: Choices) -> None:
        self.leaving.choices, self.coming.choices = leaving, coming
        if len(leaving) == 1 and not self.leaving.data:
            self.leaving.data = leaving[0][0]


class TrainerFilterForm(QueryForm):
    """Narrows the list of trainers; a value that is not a choice narrows nothing."""

    subject = SelectField(lazy("Subject"), validate_choice=False)
    spoken = SelectField(lazy("Language of teaching"), validate_choice=False)

    def offer(self, subjects: Choices) -> None:
        self.subject.choices = [("", _("All subjects")), *subjects]
        self.spoken.choices = [("", _("All languages")), *language_choices()]

    def chosen(self) -> dict[str, str]:
        return chosen_of((self.subject, self.spoken))


class ClashFilterForm(QueryForm):
    """Narrows the list of clashes; a value that is not a choice narrows nothing."""

    severity = SelectField(lazy("How serious"), validate_choice=False)
    kind = SelectField(lazy("Kind"), validate_choice=False)

    def offer(self) -> None:
        self.severity.choices = [("", _("All")), *((each.value, severity_label(each)) for each in Severity)]
        self.kind.choices = [("", _("All kinds")), *((each.value, topic_label(each)) for each in Topic)]

    def chosen(self) -> dict[str, str]:
        return chosen_of((self.severity, self.kind))


def chosen_of(fields: Iterable[SelectField]) -> dict[str, str]:
    """What was chosen in filters, as it stands in an address."""
    return {field.name: field.data for field in fields if field.data and field.data in dict(field.choices)}


def show_problem(form: BaseForm, problem: DomainError) -> None:
    """Put a rule's sentence on the input it names, else above the form."""
    name, _dash, inner = (problem.field or "").partition("-")
    field = form._fields.get(name)
    if inner and isinstance(field, FormField):
        field = field.form._fields.get(inner)
    if field is None:
        form.form_errors.append(problem.message)
    else:
        field.errors = [*field.errors, problem.message]


def _with_zone(choices: Choices, zone: str | None) -> Choices:
    """The zones to choose from, with the one that is set even where it is an old name."""
    if not zone or zone in dict(choices) or zone not in known_zones():
        return choices
    return [(zone, zone_label(zone, now())), *choices]


__all__: Sequence[str] = [
    "ClashFilterForm",
    "DeclineForm",
    "ExceptionForm",
    "SubstitutionForm",
    "TrainerFilterForm",
    "TrainerProfileForm",
    "show_problem",
    "values_of_profile",
]
