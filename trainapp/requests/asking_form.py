"""The form in which a training is asked for: twelve questions, and what a letter or an e-mail needs besides."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, TimeField

from trainapp.accounts.models import Person
from trainapp.catalogue.models import Level
from trainapp.catalogue.queries import course_choices, level_label, subject_choices
from trainapp.core.clock import today
from trainapp.core.forms import (
    LONG_TEXT_LIMIT,
    BaseForm,
    CheckboxList,
    between,
    optional,
    required,
    showable,
)
from trainapp.core.languages import LANGUAGES, _, current_language, language_name, lazy
from trainapp.core.timefmt import weekday_name
from trainapp.files.forms import UploadsField
from trainapp.offices.models import Office
from trainapp.offices.queries import office_choices as every_office
from trainapp.requests.asking import Typed
from trainapp.requests.asking_queries import own_offices
from trainapp.requests.forms import line_field, offered, office_choices, text_field
from trainapp.requests.labels import channel_label, mode_label
from trainapp.requests.models import Channel, Mode
from trainapp.requests.queries import is_secretariat
from trainapp.requests.wishes import LANGUAGE_FIELDS, MOST_PEOPLE, USUAL_PERIOD, WEEKDAYS, Wish

TAILORED = "tailored"
"""The choice of a course made for the office; the codes of the catalogue's are in capitals."""
NOT_ASKED = frozenset({"csrf_token", "key", "version", "copied_from", "files"})
MOST_KEPT_VALUES, MOST_KEPT_SIGNS = 50, 4 * LONG_TEXT_LIMIT
"""How much of one field a draft keeps as it was typed: far more than is right, so that it can be shortened."""


class RequestForm(BaseForm):
    """What an office asks for. The office is asked where there is a choice, the channel where it is a letter.

    `key` names the request that this page will make, so that a form sent twice makes one; `version` is that of the
    draft as the page knows it.
    """

    office = SelectField(lazy("IP office"), [required()])
    channel = SelectField(lazy("How the request came"), [required()])
    received_on = DateField(lazy("Received on"), [required()])
    files = UploadsField(lazy("The letter or e-mail itself"))
    course = SelectField(lazy("Course"), default="")
    subjects = CheckboxList(lazy("Subjects"), [offered], validate_choice=False)
    level = SelectField(lazy("Level"), [required()])
    first_language = SelectField(lazy("Language, first choice"), [required()])
    second_language = SelectField(lazy("Language, second choice"), default="")
    third_language = SelectField(lazy("Language, third choice"), default="")
    interpretation = BooleanField(lazy("Interpretation is acceptable"))
    mode = SelectField(lazy("How people meet"), [required()])
    audience = line_field(lazy("For whom"), required())
    people = IntegerField(lazy("Number of people"), [required(), between(1, MOST_PEOPLE)])
    period_from = DateField(lazy("First day that suits"), [required()])
    period_to = DateField(lazy("Last day that suits"), [required()])
    weekdays = CheckboxList(lazy("Days that suit"), [offered], validate_choice=False, default=())
    hours_from = TimeField(lazy("Earliest start"), [optional()])
    hours_to = TimeField(lazy("Latest end"), [optional()])
    needs = text_field(lazy("What people need to learn, and why"))
    outcome = text_field(lazy("What they should be able to do afterwards"))
    support = text_field(lazy("Support from others"))
    key = HiddenField()
    version = HiddenField()
    copied_from = HiddenField()

    def __init__(self, person: Person, *args: Any, editing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer_choices()
        self._ask_what_this_person_decides(person, editing)

    def _offer_choices(self) -> None:
        languages = [(code, language_name(code)) for code in LANGUAGES]
        no_course = ("", _("No course: the subjects are named below"))
        made_for_it = (TAILORED, _("A course made for us, about the subjects named below"))
        self.course.choices = [no_course, made_for_it, *course_choices()]
        self.subjects.choices = subject_choices()
        self.level.choices = [(level.value, level_label(level)) for level in Level]
        self.first_language.choices = languages
        for name in LANGUAGE_FIELDS[1:]:
            self[name].choices = [("", _("None")), *languages]
        self.mode.choices = [(mode.value, mode_label(mode)) for mode in Mode]
        self.weekdays.choices = [(str(day), weekday_name(day)) for day in WEEKDAYS]

    def _ask_what_this_person_decides(self, person: Person, editing: bool) -> None:
        any_office = is_secretariat(person) and not editing
        own = own_offices(person)
        self.own_office = own[0] if own else None
        self.only_office = own[0] if len(own) == 1 and not any_office else None
        if self.only_office:
            del self.office
        else:
            offices = every_office() if any_office else office_choices(own)
            self.office.choices = [("", _("Choose an office")), *offices]
        if any_office:
            channels = list(Channel) if own else [Channel.LETTER, Channel.EMAIL]
            self.channel.choices = [(channel.value, channel_label(channel)) for channel in channels]
        else:
            del self.channel
            del self.received_on
            del self.files

    def wish(self) -> Wish:
        """What was typed, as plain values: call it on a form that was looked at by `validate`.

        What is not right there is left out, so that a draft can be kept of it.
        """
        course = self._right("course", "")
        return Wish(
            office_code=self._office_code(),
            level=Level(self._right("level", Level.INTRODUCTION)),
            languages=self._languages(),
            mode=Mode(self._right("mode", Mode.ONLINE)),
            people=self._right("people", 1),
            period_from=self._right("period_from", today()),
            period_to=self._right("period_to", today() + USUAL_PERIOD),
            course_code="" if course == TAILORED else course,
            is_tailored=course == TAILORED,
            subject_codes=tuple(self._right("subjects", ())),
            interpretation=bool(self.interpretation.data),
            audience=self._right("audience", ""),
            weekdays=tuple(int(day) for day in self._right("weekdays", ())),
            hours_from=self._right("hours_from", None),
            hours_to=self._right("hours_to", None),
            needs=self._right("needs", ""),
            outcome=self._right("outcome", ""),
            support=self._right("support", ""),
            channel=Channel(self._right("channel", Channel.OFFICE)) if self.channel else Channel.OFFICE,
            received_on=self._right("received_on", None) if self.received_on else None,
        )

    def _right(self, name: str, stands_in: Any) -> Any:
        field = self[name]
        return stands_in if field.errors or field.data in (None, "") else field.data

    def _office_code(self) -> str:
        if self.only_office:
            return self.only_office.code
        own = self.own_office.code if self.own_office else ""
        return str(self._right("office", own))

    def _languages(self) -> tuple[str, ...]:
        chosen = [self._right(name, "") for name in LANGUAGE_FIELDS]
        return tuple(code for code in chosen if code) or (current_language(),)

    def typed(self, sent: MultiDict[str, str]) -> Typed:
        """What was sent in the fields of this form, as it was typed, without what no database or page can hold."""
        return {
            field.name: [showable(text)[:MOST_KEPT_SIGNS] for text in sent.getlist(field.name)[:MOST_KEPT_VALUES]]
            for field in self
            if field.name not in NOT_ASKED and field.name in sent
        }


def as_typed(typed: Typed) -> MultiDict[str, str]:
    """A draft's form as it was typed, for `RequestForm(formdata=…)`."""
    return MultiDict([(name, text) for name, texts in typed.items() for text in texts])


def values_of(wish: Wish) -> dict[str, Any]:
    """A wish as the form shows it."""
    languages = dict(zip(LANGUAGE_FIELDS, wish.languages, strict=False))
    return {
        "office": wish.office_code,
        "course": TAILORED if wish.is_tailored else wish.course_code,
        "subjects": list(wish.subject_codes),
        "level": wish.level.value,
        **languages,
        "interpretation": wish.interpretation,
        "mode": wish.mode.value,
        "audience": wish.audience,
        "people": wish.people,
        "period_from": wish.period_from,
        "period_to": wish.period_to,
        "weekdays": [str(day) for day in wish.weekdays],
        "hours_from": wish.hours_from,
        "hours_to": wish.hours_to,
        "needs": wish.needs,
        "outcome": wish.outcome,
        "support": wish.support,
    }


def week_of(office: Office) -> dict[str, Any]:
    """The hours that suit an office, as far as nobody says otherwise: those in which it works."""
    return {
        "weekdays": [str(day) for day in WEEKDAYS if day not in office.weekend],
        "hours_from": office.work_start,
        "hours_to": office.work_end,
    }
