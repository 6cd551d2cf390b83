"""What a page shows of the materials of a session, in the reader's words."""

from collections.abc import Callable
from dataclasses import dataclass

from trainapp.core.languages import Text, current_language, language_name
from trainapp.files.labels import kind_label
from trainapp.files.models import StoredFile
from trainapp.files.sizes import size_label
from trainapp.scheduling.labels import material_kind_label, visibility_label
from trainapp.scheduling.models import SessionMaterial


@dataclass(frozen=True)
class MaterialRow:
    """One material. `file_url` is our download, `url` an address elsewhere; one of them may be empty."""

    public_id: str
    title: Text
    about: list[str]
    seen_by: str
    file_url: str
    url: str


def material_row(material: SessionMaterial, address: Callable[[str], str]) -> MaterialRow:
    """`address` gives the download of a material by its public id."""
    file = material.file
    return MaterialRow(
        public_id=material.public_id,
        title=Text(material.title, material.language or current_language()),
        about=_about(material, file),
        seen_by=visibility_label(material.visibility),
        file_url=address(material.public_id) if file else "",
        url=material.url or "",
    )


def _about(material: SessionMaterial, file: StoredFile | None) -> list[str]:
    """Its kind, its language, and what the file is."""
    words = [material_kind_label(material.kind)]
    if material.language:
        words.append(language_name(material.language))
    if file is not None:
        words += [kind_label(file), size_label(file.size)]
    return words
