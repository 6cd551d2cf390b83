"""Input shapes of the room: filters of lists, and the plan of a session."""

from wtforms import SelectField

from trainapp.core.forms import QueryForm
from trainapp.core.languages import LANGUAGES, _, language_name, lazy
from trainapp.scheduling.labels import kind_label, session_state_label
from trainapp.scheduling.models import SessionKind, SessionState
from trainapp.scheduling.programme_queries import PlanningFilter
from trainapp.scheduling.queries import SessionFilter

Choices = list[tuple[str, str]]


class FilterForm(QueryForm):
    """Narrows a list of sessions; a value that is not a choice narrows nothing."""

    subject = SelectField(lazy("Subject"), validate_choice=False)
    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language of the session"), validate_choice=False)
    kind = SelectField(lazy("Kind"), validate_choice=False)

    def offer(self, subjects: Choices) -> None:
        """Set the choices, in the reader's language."""
        self.subject.choices = [("", _("All subjects")), *subjects]
        self.spoken.choices = [("", _("All languages")), *language_choices()]
        self.kind.choices = [("", _("All kinds")), *((kind.value, kind_label(kind)) for kind in SessionKind)]

    def wanted(self) -> SessionFilter:
        kind = _one_of(self.kind)
        return SessionFilter(_one_of(self.subject), _one_of(self.spoken), SessionKind(kind) if kind else None)


class FeedForm(QueryForm):
    """Which sessions a feed is to hold; a value that is not a choice narrows nothing."""

    subject = SelectField(lazy("Subject"), validate_choice=False)
    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language of the session"), validate_choice=False)
    office = SelectField(lazy("IP office"), validate_choice=False)

    def offer(self, subjects: Choices, offices: Choices) -> None:
        """Set the choices, in the reader's language; offices are chosen by codes."""
        self.subject.choices = [("", _("All subjects")), *subjects]
        self.spoken.choices = [("", _("All languages")), *language_choices()]
        self.office.choices = [("", _("All offices")), *offices]

    def wanted(self) -> SessionFilter:
        return SessionFilter(_one_of(self.subject), _one_of(self.spoken), office=_one_of(self.office))


class PlanningFilterForm(QueryForm):
    """Narrows the coordinators' list of sessions; a value that is not a choice narrows nothing."""

    state = SelectField(lazy("State"), validate_choice=False)
    subject = SelectField(lazy("Subject"), validate_choice=False)
    spoken = SelectField(lazy("Language of the session"), validate_choice=False)
    trainer = SelectField(lazy("Trainer"), validate_choice=False)
    office = SelectField(lazy("IP office"), validate_choice=False)

    def offer(self, subjects: Choices, trainers: Choices, offices: Choices) -> None:
        """Set the choices, in the reader's language; trainers are chosen by their public ids, offices by codes."""
        states = [(state.value, session_state_label(state)) for state in SessionState]
        self.state.choices = [("", _("All states")), *states]
        self.subject.choices = [("", _("All subjects")), *subjects]
        self.spoken.choices = [("", _("All languages")), *language_choices()]
        self.trainer.choices = [("", _("Anybody")), *trainers]
        self.office.choices = [("", _("All offices")), *offices]

    def wanted(self) -> PlanningFilter:
        state = _one_of(self.state)
        return PlanningFilter(
            state=SessionState(state) if state else None,
            sessions=SessionFilter(_one_of(self.subject), _one_of(self.spoken)),
            trainer=_one_of(self.trainer),
            office=_one_of(self.office),
        )

    def in_address(self) -> dict[str, str]:
        """What was chosen, as it stands in the address; the rest is left out."""
        return {field.name: value for field in self if (value := _one_of(field))}


def _one_of(field: SelectField) -> str | None:
    """What was chosen, if it stands among the choices."""
    return field.data if field.data and field.data in dict(field.choices) else None


def language_choices() -> Choices:
    """The ten languages as the reader calls them."""
    return [(code, language_name(code)) for code in LANGUAGES]
