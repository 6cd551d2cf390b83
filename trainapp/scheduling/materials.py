"""Materials and recordings of a session: adding and removing them, and who gets which."""

from dataclasses import dataclass

from sqlalchemy import func, select

from trainapp.accounts.models import Person
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.files.models import StoredFile
from trainapp.files.service import Upload, store
from trainapp.scheduling.locks import lock_session
from trainapp.scheduling.models import MaterialKind, SessionMaterial, TrainingSession, Visibility
from trainapp.scheduling.queries import PUBLIC_STATES, may_manage

MOST_MATERIALS = 100
SEEN_WITH_A_SEAT = (Visibility.PUBLIC, Visibility.REGISTERED)


@dataclass(frozen=True)
class NewMaterial:
    """What is added: a file, an address elsewhere, or both. `language` is None for what is in no language."""

    kind: MaterialKind
    title: str
    language: str | None
    visibility: Visibility
    url: str = ""
    upload: Upload | None = None


def add_material(actor: Person, session: TrainingSession, new: NewMaterial) -> SessionMaterial:
    """Add a material to a session that the actor manages; to others it is not there (`NotFound`).

    Raises `DomainError` on `url` where there is neither a file nor an address, and on `upload` for a file that is not
    taken.
    """
    _hold(actor, session)
    if new.upload is None and not new.url:
        raise DomainError(lazy("Choose a file, or give the address where it is."), "url")
    count = select(func.count()).where(SessionMaterial.session_id == session.id)
    if (db.session.scalar(count) or 0) >= MOST_MATERIALS:
        raise DomainError(lazy("This session has as many materials as it can hold."))
    material = SessionMaterial(
        session_id=session.id,
        kind=new.kind,
        title=new.title,
        language=new.language,
        visibility=new.visibility,
        url=new.url or None,
        file=store(new.upload, "upload") if new.upload is not None else None,
    )
    db.session.add(material)
    db.session.flush()
    _show_change(session, material)
    record_act(actor.id, "material added", f"session:{session.id}", after=_summary(material))
    return material


def remove_material(actor: Person, session: TrainingSession, public_id: str) -> SessionMaterial:
    """Take a material away, with its file. Raises `NotFound` where there is none, or it is not the actor's."""
    _hold(actor, session)
    material = db.session.scalar(
        select(SessionMaterial)
        .where(SessionMaterial.public_id == public_id, SessionMaterial.session_id == session.id)
        .execution_options(populate_existing=True)
    )
    if material is None:
        raise NotFound()
    record_act(actor.id, "material removed", f"session:{session.id}", before=_summary(material))
    _show_change(session, material)
    db.session.delete(material)
    db.session.flush()
    return material


def public_materials(session: TrainingSession) -> list[SessionMaterial]:
    """What everybody gets who sees the page of the session."""
    return [material for material in session.materials if material.visibility is Visibility.PUBLIC]


def materials_with_a_seat(session: TrainingSession) -> list[SessionMaterial]:
    """What people get whose seat is confirmed."""
    return [material for material in session.materials if material.visibility in SEEN_WITH_A_SEAT]


def file_for_reader(session: TrainingSession, public_id: str, reader: Person | None) -> StoredFile:
    """A file for somebody who has no seat: the public ones, and all for those who manage the session.

    Raises `NotFound` for any other, in the same way as for one that is not there.
    """
    if reader is not None and may_manage(reader, session):
        return _file_among(session.materials, public_id)
    if session.state not in PUBLIC_STATES:
        raise NotFound()
    return _file_among(public_materials(session), public_id)


def file_with_a_seat(session: TrainingSession, public_id: str) -> StoredFile:
    """A file for somebody whose seat is confirmed. Raises `NotFound`."""
    return _file_among(materials_with_a_seat(session), public_id)


def _file_among(materials: list[SessionMaterial], public_id: str) -> StoredFile:
    found = next((material.file for material in materials if material.public_id == public_id), None)
    if found is None:
        raise NotFound()
    return found


def _hold(actor: Person, session: TrainingSession) -> None:
    if not may_manage(actor, session):
        raise NotFound()
    lock_session(session.id)


def _show_change(session: TrainingSession, material: SessionMaterial) -> None:
    """The public page is kept until the session is revised."""
    if material.visibility is Visibility.PUBLIC:
        session.revised_at = now()


def _summary(material: SessionMaterial) -> dict[str, object]:
    """What the audit trail keeps of a material."""
    return {
        "kind": material.kind.value,
        "title": material.title,
        "language": material.language,
        "visibility": material.visibility.value,
        "url": material.url,
        "file": material.file.digest if material.file else None,
    }
