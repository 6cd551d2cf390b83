"""Keeping uploaded files: what is taken, how large, and under which name."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.languages import lazy
from trainapp.files.models import StoredFile
from trainapp.files.names import clean_name
from trainapp.files.recognition import TYPES, recognise
from trainapp.files.sizes import size_label

LARGEST_FILE = 10 * 1024 * 1024
"""In bytes."""
MOST_FILES = 5
"""How many come at once."""

ENDINGS = tuple(ending for kind in TYPES for ending in kind.extensions)


@dataclass(frozen=True)
class Upload:
    """A file as it was sent: the name its sender gave it, and its bytes."""

    name: str
    content: bytes


def store(upload: Upload, field: str = "files") -> StoredFile:
    """Keep a file. Raises `DomainError` on `field` for one that is empty, too large or of a type not taken."""
    check_size(upload.name, len(upload.content), field)
    kind = recognise(upload.content)
    if kind is None:
        raise DomainError(
            lazy(
                "The file %(name)s is not taken: by its content it is neither a PDF, Word or Excel file "
                "without macros nor an image, or it is not complete.",
                name=shown_name(upload.name),
            ),
            field,
        )
    stored = StoredFile(
        name=clean_name(upload.name, kind.extensions),
        media_type=kind.media_type,
        size=len(upload.content),
        digest=hashlib.sha256(upload.content).hexdigest(),
        content=upload.content,
    )
    db.session.add(stored)
    return stored


def store_all(uploads: Sequence[Upload], field: str = "files") -> list[StoredFile]:
    """Keep several files. Raises `DomainError` on `field` for the first that is not right."""
    if len(uploads) > MOST_FILES:
        raise too_many(field)
    return [store(upload, field) for upload in uploads]


def check_size(name: str, size: int, field: str) -> None:
    """Raise `DomainError` on `field` for a file that is empty or too large; `size` in bytes."""
    if size == 0:
        raise DomainError(lazy("The file %(name)s is empty.", name=shown_name(name)), field)
    if size > LARGEST_FILE:
        raise DomainError(
            lazy("The file %(name)s is larger than %(most)s.", name=shown_name(name), most=size_label(LARGEST_FILE)),
            field,
        )


def too_many(field: str) -> DomainError:
    return DomainError(lazy("Please attach at most %(most)d files at once.", most=MOST_FILES), field)


def shown_name(name: str) -> str:
    """A name as a sentence may hold it, whatever the file is."""
    return clean_name(name, ("",))
