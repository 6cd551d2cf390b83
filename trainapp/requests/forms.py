"""Input of requests: what is asked for, a step with its words, and the filters of the list."""

import re
from typing import Any

from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired

from trainapp.accounts.models import Person
from trainapp.accounts.queries import offices_spoken_for
from trainapp.catalogue.models import Level
from trainapp.catalogue.queries import course_choices, level_label, subject_choices
from trainapp.core.forms import (
    LONG_TEXT_LIMIT,
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
from trainapp.core.languages import LANGUAGES, _, language_name, lazy
from trainapp.offices.models import Office
from trainapp.offices.queries import all_offices, office_name
from trainapp.requests.labels import channel_label, mode_label, state_label
from trainapp.requests.models import Channel, Mode, RequestState, TrainingRequest
from trainapp.requests.queries import is_secretariat
from trainapp.requests.service import MOST_PEOPLE, Wish

LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def lines(text: Any) -> Any:
    """Every kind of line end as one sign: forms send two (WHATWG HTML §4.10.21.5), word processors others."""
    return LINE_END.sub("\n", text).strip() if isinstance(text, str) else text


def offered(form: Any, field: Any) -> None:
    """Every choice is one of the list."""
    if set(field.data or ()) - {choice[0] for choice in field.choices}:
        raise ValidationError(lazy("Not a valid choice."))


def _line(label: Any, *validators: Any) -> StringField:
    return StringField(label, [*validators, at_most(), plain_line], filters=[stripped])


def _text(label: Any) -> TextAreaField:
    return TextAreaField(label, [optional(), at_most(LONG_TEXT_LIMIT), plain_text], filters=[lines])


class RequestForm(BaseForm):
    """What an office asks for. The office is asked where there is a choice, the channel where it is a letter."""

    office = SelectField(lazy("IP office"), [required()])
    channel = SelectField(lazy("How the request came"), [required()])
    received_on = DateField(lazy("Received on"), [required()])
    course = SelectField(lazy("Course"), default="")
    subjects = CheckboxList(lazy("Subjects"), [offered], validate_choice=False)
    level = SelectField(lazy("Level"), [required()])
    audience = _line(lazy("For whom"), required())
    people = IntegerField(lazy("Number of people"), [required(), between(1, MOST_PEOPLE)])
    first_language = SelectField(lazy("Language, first choice"), [required()])
    second_language = SelectField(lazy("Language, second choice"), default="")
    mode = SelectField(lazy("How people meet"), [required()])
    period_from = DateField(lazy("First day that suits"), [required()])
    period_to = DateField(lazy("Last day that suits"), [required()])
    hours = _line(lazy("Days and hours that suit"), optional())
    needs = _text(lazy("What people need to learn, and why"))
    outcome = _text(lazy("What they should be able to do afterwards"))
    support = _text(lazy("Support from others"))
    version = HiddenField()

    def __init__(
        self, person: Person, *args: Any, drafting: bool = False, editing: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer_choices()
        self._ask_what_this_person_decides(person, editing)
        if drafting:
            self.audience.validators = [check for check in self.audience.validators if not _is_required(check)]

    def _offer_choices(self) -> None:
        languages = [(code, language_name(code)) for code in LANGUAGES]
        self.course.choices = [("", _("No course: the subjects are named below")), *course_choices()]
        self.subjects.choices = subject_choices()
        self.level.choices = [(level.value, level_label(level)) for level in Level]
        self.first_language.choices = languages
        self.second_language.choices = [("", _("None")), *languages]
        self.mode.choices = [(mode.value, mode_label(mode)) for mode in Mode]

    def _ask_what_this_person_decides(self, person: Person, editing: bool) -> None:
        spoken_for = offices_spoken_for(person)
        secretariat = is_secretariat(person)
        any_office = secretariat and not editing
        offices = [office for office in all_offices() if any_office or office.id in spoken_for]
        self.only_office = offices[0].code if len(offices) == 1 else ""
        if self.only_office:
            del self.office
        else:
            self.office.choices = [("", _("Choose an office")), *_names(offices)]
        if any_office:
            channels = list(Channel) if spoken_for else [Channel.LETTER, Channel.EMAIL]
            self.channel.choices = [(channel.value, channel_label(channel)) for channel in channels]
        else:
            del self.channel
            del self.received_on

    def wish(self) -> Wish:
        """What was typed, as plain values. Call it on a valid form only."""
        second = self.second_language.data
        return Wish(
            office_code=self.only_office or self.office.data,
            level=Level(self.level.data),
            languages=(self.first_language.data, second) if second else (self.first_language.data,),
            mode=Mode(self.mode.data),
            people=self.people.data,
            period_from=self.period_from.data,
            period_to=self.period_to.data,
            course_code=self.course.data or "",
            subject_codes=tuple(self.subjects.data or ()),
            audience=self.audience.data or "",
            hours=self.hours.data or "",
            needs=self.needs.data or "",
            outcome=self.outcome.data or "",
            support=self.support.data or "",
            channel=Channel(self.channel.data) if self.channel else Channel.OFFICE,
            received_on=self.received_on.data if self.received_on else None,
        )


def values_of(request: TrainingRequest) -> dict[str, Any]:
    """A draft as the form shows it."""
    first, *others = request.languages
    return {
        "office": request.office.code,
        "course": request.course.code if request.course else "",
        "subjects": [subject.code for subject in request.subjects],
        "level": request.level.value,
        "audience": request.audience,
        "people": request.people,
        "first_language": first,
        "second_language": others[0] if others else "",
        "mode": request.mode.value,
        "period_from": request.period_from,
        "period_to": request.period_to,
        "hours": request.hours,
        "needs": request.needs,
        "outcome": request.outcome,
        "support": request.support,
        "version": str(request.version),
    }


class StepForm(BaseForm):
    """A step and the words that go with it; `version` is what its page showed."""

    comment = TextAreaField(lazy("Your message"), [optional(), at_most(LONG_TEXT_LIMIT), plain_text], filters=[lines])
    version = HiddenField()


class FilterForm(QueryForm):
    """What the list shows. A value that is not offered chooses nothing."""

    state = SelectField(lazy("State"))
    office = SelectField(lazy("IP office"))

    def __init__(self, arguments: Any, states: list[RequestState], offices: list[Office]) -> None:
        super().__init__(arguments)
        self.state.choices = [("", _("All states")), *((state.value, state_label(state)) for state in states)]
        self.office.choices = [("", _("All offices")), *sorted(_names(offices), key=lambda choice: choice[1])]

    def chosen_state(self) -> RequestState | None:
        return RequestState(self.state.data) if _is_offered(self.state) else None

    def chosen_office(self) -> str | None:
        return str(self.office.data) if _is_offered(self.office) else None


def version_of(field: HiddenField) -> int:
    """The version a page carried; one that cannot be read is no version there is."""
    text = field.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**31)) else 0


def _is_offered(field: SelectField) -> bool:
    return bool(field.data) and field.data in [choice[0] for choice in field.choices]


def _is_required(check: Any) -> bool:
    return isinstance(check, InputRequired)


def _names(offices: list[Office]) -> list[tuple[str, str]]:
    return [(office.code, office_name(office)) for office in offices]
