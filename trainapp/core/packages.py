"""Files that are ZIP packages, such as workbooks and documents: how they begin, and what broken ones raise."""

import zipfile
import zlib

ZIP_HEAD = b"PK\x03\x04"
NOT_A_PACKAGE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
"""Whatever `zipfile` raises for bytes that are no package, a broken one, or one packed in a way it does not know."""
