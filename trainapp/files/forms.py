"""The field of a form in which files are sent."""

from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField, ValidationError

from trainapp.core.errors import DomainError
from trainapp.files.labels import accepted_endings, what_is_taken
from trainapp.files.service import MOST_FILES, Upload, check_size, too_many


class UploadsField(MultipleFileField):
    """Files, at most five. What is too many, too large or empty is refused before a byte is read.

    What a file is, `service.store` finds: its error goes on this field too.
    """

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        kwargs = {"description": what_is_taken(), "render_kw": {"accept": accepted_endings()}, **kwargs}
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Only files count; a browser sends one without name and content where none was chosen."""
        self.data = [file for file in valuelist if isinstance(file, FileStorage) and (file.filename or _size(file))]

    def pre_validate(self, form: Any) -> None:
        files = self.data or []
        try:
            if len(files) > MOST_FILES:
                raise too_many(self.name)
            for file in files:
                check_size(file.filename or "", _size(file), self.name)
        except DomainError as error:
            raise ValidationError(str(error.message)) from error


def uploads_of(field: MultipleFileField) -> list[Upload]:
    """The files of a field that is valid, with their bytes."""
    return [Upload(file.filename or "", file.stream.read()) for file in field.data or []]


def _size(file: FileStorage) -> int:
    """In bytes. Werkzeug keeps large files on disk, so nothing is read for it."""
    size = file.stream.seek(0, 2)
    file.stream.seek(0)
    return size
