"""Files that come with the steps of a request, seen by both its sides and by nobody else."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.files.models import StoredFile
from trainapp.files.service import Upload, store_all
from trainapp.requests.models import RequestAttachment, RequestEvent
from trainapp.requests.queries import may_see


def attach(event: RequestEvent, uploads: Sequence[Upload], *, is_original: bool = False) -> list[RequestAttachment]:
    """Keep files with a step; `is_original` marks the letter or e-mail that a request was received as.

    Raises `DomainError` on `files` for the first that is not taken, before any is kept.
    """
    attached = [RequestAttachment(event=event, file=file, is_original=is_original) for file in store_all(uploads)]
    db.session.add_all(attached)
    db.session.flush()
    return attached


def attachment_for(person: Person, public_id: str) -> StoredFile:
    """A file of a request the person may see. Raises `NotFound` for any other, whether it exists or not."""
    attachment = db.session.scalar(
        select(RequestAttachment)
        .join(RequestAttachment.file)
        .where(StoredFile.public_id == public_id)
        .options(
            joinedload(RequestAttachment.file), joinedload(RequestAttachment.event).joinedload(RequestEvent.request)
        )
    )
    if attachment is None or not may_see(person, attachment.event.request):
        raise NotFound()
    return attachment.file
