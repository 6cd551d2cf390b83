"""What a material or a recording is added with."""

from typing import Any

from wtforms import Field, RadioField, SelectChoice, SelectField, StringField, URLField, ValidationError
from wtforms.widgets import FileInput

from trainapp.core.forms import BaseForm, at_most, plain_line, required, stripped
from trainapp.core.languages import LANGUAGES, _, lazy
from trainapp.files.forms import UploadsField, uploads_of
from trainapp.scheduling.forms import language_choices
from trainapp.scheduling.labels import material_kind_label, visibility_label
from trainapp.scheduling.materials import NewMaterial
from trainapp.scheduling.models import MaterialKind, Visibility
from trainapp.scheduling.planning_form import LINK_LIMIT, secure_link


def one_file(form: Any, field: Field) -> None:
    """A material is one file; what else was chosen would be lost without a word."""
    if len(field.data or ()) > 1:
        raise ValidationError(lazy("Please choose one file only."))


class MaterialForm(BaseForm):
    """A file, an address elsewhere, or both."""

    kind = RadioField(lazy("Kind"), [required()], default=MaterialKind.MATERIAL.value)
    title = StringField(lazy("Title"), [required(), at_most(), plain_line], filters=[stripped])
    # Not `language`: that name is the page's own in every address.
    written_in = SelectField(lazy("Language of the title and the content"))
    upload = UploadsField(lazy("File"), validators=[one_file], widget=FileInput(multiple=False))
    url = URLField(
        lazy("Address where it is"),
        [at_most(LINK_LIMIT), plain_line, secure_link],
        filters=[stripped],
        description=lazy("For a recording or a page that is kept elsewhere."),
    )
    visibility = RadioField(lazy("Who gets it"), [required()], default=Visibility.REGISTERED.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [SelectChoice(kind.value, material_kind_label(kind)) for kind in MaterialKind]
        self.visibility.choices = [SelectChoice(each.value, visibility_label(each)) for each in Visibility]
        self.written_in.choices = [("", _("No language in particular")), *language_choices()]

    def added(self) -> NewMaterial:
        """What a form that is valid adds."""
        uploads = uploads_of(self.upload)
        return NewMaterial(
            kind=MaterialKind(self.kind.data),
            title=self.title.data or "",
            language=self.written_in.data if self.written_in.data in LANGUAGES else None,
            visibility=Visibility(self.visibility.data),
            url=self.url.data or "",
            upload=uploads[0] if uploads else None,
        )
