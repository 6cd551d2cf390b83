"""Input of naming people for a session."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField, TextAreaField
from wtforms.widgets import FileInput

from trainapp.core.errors import DomainError
from trainapp.core.forms import BaseForm, QueryForm, plain_text
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import number
from trainapp.documents.sheets import read_table, read_text
from trainapp.files.forms import UploadsField, uploads_of
from trainapp.files.names import clean_name
from trainapp.files.sizes import size_label
from trainapp.offices.models import Office
from trainapp.offices.queries import office_choices, office_name
from trainapp.registrations.forms import RegistrationForm
from trainapp.registrations.nomination_columns import LINES_BEFORE_HEAD, MOST_PEOPLE, Given, people_of
from trainapp.registrations.nomination_labels import verdict_label
from trainapp.registrations.nomination_models import RowVerdict
from trainapp.scheduling.forms import language_choices
from trainapp.scheduling.material_form import one_file

LARGEST_LIST = 2 * 1024 * 1024
"""In bytes."""
ENDINGS = (".xlsx", ".csv", ".tsv", ".txt")
TEXT_ROWS = 10

Choices = list[tuple[str, str]]


def choices_of_offices(offices: Sequence[Office], *, any_office: bool) -> Choices:
    """The offices somebody names people for; `any_office` for coordinators, those of the session first."""
    own = sorted(((office.code, office_name(office)) for office in offices), key=lambda choice: choice[1])
    if not any_office:
        return own
    codes = {code for code, _name in own}
    others = [choice for choice in office_choices() if choice[0] not in codes]
    return [*own, ("", _("None, or not in the list")), *others]


class NominationForm(RegistrationForm):
    """One person, by somebody else; without a question where there is one office only."""

    def __init__(self, *args: Any, offices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office.choices = offices
        if len(offices) == 1:
            del self.office


class ManyForm(BaseForm):
    """A list, pasted or as a file, and what holds for those of whom it does not say it."""

    text = TextAreaField(
        lazy("Paste a list"),
        [plain_text],
        render_kw={"rows": TEXT_ROWS},
        description=lazy(
            "One person on each line: name, e-mail address and, where you know them, language and time zone, as copied "
            "from a sheet or separated by commas. Headings may stand above them."
        ),
    )
    upload = UploadsField(
        lazy("Or choose a file"),
        validators=[one_file],
        widget=FileInput(multiple=False),
        render_kw={"accept": ",".join(ENDINGS)},
    )
    office = SelectField(lazy("IP office of those for whom the list names none"))
    # Not `language`: that name is the page's own in every address.
    language_of_mails = SelectField(lazy("Language of those for whom the list names none"))

    def __init__(self, *args: Any, offices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload.description = _(
            "An XLSX or CSV file of at most %(size)s with at most %(most)s people. Nothing in it is carried out.",
            size=size_label(LARGEST_LIST),
            most=number(MOST_PEOPLE),
        )
        self.language_of_mails.choices = [("", _("None: the list says it for everybody")), *language_choices()]
        self.office.choices = offices
        if len(offices) == 1:
            del self.office

    @property
    def file_name(self) -> str:
        """The name of the file as a page may show it; empty where the list was pasted."""
        uploads = self.upload.data or []
        return clean_name(uploads[0].filename or "", ("",)) if uploads else ""

    def people(self) -> list[Given]:
        """The rows of what was sent. Raises `DomainError` on its field where it cannot be read."""
        pasted = (self.text.data or "").strip()
        uploads = uploads_of(self.upload)
        most_rows = MOST_PEOPLE + LINES_BEFORE_HEAD
        if pasted and uploads:
            raise DomainError(lazy("Please paste a list or choose a file, not both."), "upload")
        if pasted:
            return people_of(read_text(self.text.data or "", field="text", most_rows=most_rows), "text")
        if not uploads:
            raise DomainError(lazy("Please paste a list, or choose a file."), "text")
        if len(uploads[0].content) > LARGEST_LIST:
            raise DomainError(
                lazy("The file %(name)s is larger than %(most)s.", name=self.file_name, most=size_label(LARGEST_LIST)),
                "upload",
            )
        return people_of(read_table(uploads[0].content, field="upload", most_rows=most_rows), "upload")


class RowsForm(QueryForm):
    """Which rows of a list are shown."""

    show = SelectField(lazy("Show"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show.choices = [("", _("All")), *((verdict.value, verdict_label(verdict)) for verdict in RowVerdict)]

    @property
    def verdict(self) -> RowVerdict | None:
        """Anything else than a verdict shows all rows."""
        return next((verdict for verdict in RowVerdict if verdict.value == self.show.data), None)
