"""What people read about stored files, and about which are taken."""

from trainapp.core.languages import _
from trainapp.files.models import StoredFile
from trainapp.files.recognition import DOCUMENT, WORKBOOK
from trainapp.files.service import ENDINGS, LARGEST_FILE
from trainapp.files.sizes import size_label

PRODUCTS = {"application/pdf": "PDF", DOCUMENT: "Word", WORKBOOK: "Excel"}


def kind_label(file: StoredFile) -> str:
    """`PDF`, `Word`, `Excel`, or that it is an image."""
    return PRODUCTS.get(file.media_type) or _("Image")


def what_is_taken() -> str:
    """The hint beside a field for files."""
    return _("PDF, Word or Excel files, or images, of at most %(size)s each.", size=size_label(LARGEST_FILE))


def accepted_endings() -> str:
    """The value of an input's `accept`, so that a browser offers the right files first."""
    return ",".join(ENDINGS)
