"""What a session that is held again differs in."""

from wtforms import DateField, SelectField

from trainapp.core.forms import QueryForm, required
from trainapp.core.languages import lazy
from trainapp.scheduling.forms import language_choices


class AgainForm(QueryForm):
    """The language and the first day; read from the address, so that it can be linked to."""

    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language of the session"), [required()])
    first_day = DateField(lazy("First day"), [required()])

    def offer(self) -> None:
        self.spoken.choices = language_choices()
