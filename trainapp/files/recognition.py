"""What an uploaded file is, told by its content alone: its name and the browser's word are what the sender says."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from io import BytesIO

from trainapp.core.packages import NOT_A_PACKAGE, ZIP_HEAD

PDF_HEAD = re.compile(rb"%PDF-[12]\.\d")
PDF_END, PDF_TAIL = b"%%EOF", 2048
PNG_HEAD, PNG_END = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"IEND\xaeB`\x82"
JPEG_HEAD, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
GIF_HEADS, GIF_END = (b"GIF87a", b"GIF89a"), b";"
RIFF, WEBP = b"RIFF", b"WEBP"

MOST_PARTS = 2_000
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_LIST_OF_TYPES = 1024 * 1024
LIST_OF_TYPES = "[Content_Types].xml"
CONTENT_TYPE = re.compile(r"""\bContentType\s*=\s*["']([^"'<>]*)["']""")
DECLARATION = re.compile(r"<!(?!--)")
PLAIN_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
IS_ENCRYPTED = 0x1
MACROS = ("macro", "vba")
OPENXML = "application/vnd.openxmlformats-officedocument."
DOCUMENT, WORKBOOK = f"{OPENXML}wordprocessingml.document", f"{OPENXML}spreadsheetml.sheet"


@dataclass(frozen=True)
class FileType:
    """A type that is taken. The first of the `extensions` is given to a file whose name has none of them."""

    media_type: str
    extensions: tuple[str, ...]
    is_it: Callable[[bytes], bool]


def recognise(content: bytes) -> FileType | None:
    """The type a content is of; None for any that is not taken, and for a file that is not whole."""
    return next((kind for kind in TYPES if kind.is_it(content)), None)


def _is_pdf(content: bytes) -> bool:
    """ISO 32000-1 §7.5.2 and §7.5.5: a head with the version, an end near the end."""
    return bool(PDF_HEAD.match(content)) and PDF_END in content[-PDF_TAIL:]


def _is_png(content: bytes) -> bool:
    return content.startswith(PNG_HEAD) and PNG_END in content


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(JPEG_HEAD) and JPEG_END in content


def _is_gif(content: bytes) -> bool:
    return content.startswith(GIF_HEADS) and content.rstrip(b"\x00").endswith(GIF_END)


def _is_webp(content: bytes) -> bool:
    """The container says how long it is (RFC 9649 §2.4)."""
    is_container = content[:4] == RIFF and content[8:12] == WEBP
    return is_container and int.from_bytes(content[4:8], "little") + 8 <= len(content)


def _is_document(content: bytes) -> bool:
    return _main_part(content) == f"{DOCUMENT}.main+xml"


def _is_workbook(content: bytes) -> bool:
    return _main_part(content) == f"{WORKBOOK}.main+xml"


def _main_part(content: bytes) -> str | None:
    """The type of an Office Open XML package's main part (ECMA-376-2 §10.1.2); None where it is not taken.

    Nothing is unpacked but the list of types, and of that no more than it may hold. A package with macros, with
    parts that are locked or lie outside of it, or that unpacks to far more than it is, is not taken.
    """
    if not content.startswith(ZIP_HEAD):
        return None
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            if not _is_harmless(package.infolist()):
                return None
            with package.open(LIST_OF_TYPES) as stream:
                listed = stream.read(LARGEST_LIST_OF_TYPES + 1)
    except NOT_A_PACKAGE:
        return None
    types = _types_listed(listed) if len(listed) <= LARGEST_LIST_OF_TYPES else set()
    main_parts = types & {f"{DOCUMENT}.main+xml", f"{WORKBOOK}.main+xml"}
    if len(main_parts) != 1 or any(word in kind.casefold() for kind in types for word in MACROS):
        return None
    return main_parts.pop()


def _is_harmless(parts: list[zipfile.ZipInfo]) -> bool:
    return (
        len(parts) <= MOST_PARTS
        and sum(part.file_size for part in parts) <= LARGEST_UNPACKED
        and len({part.filename.casefold() for part in parts}) == len(parts)
        and all(_is_plain_part(part) for part in parts)
    )


def _is_plain_part(part: zipfile.ZipInfo) -> bool:
    name = part.filename.casefold()
    inside = not name.startswith("/") and "\\" not in name and ".." not in name.split("/")
    readable = part.compress_type in PLAIN_COMPRESSIONS and not part.flag_bits & IS_ENCRYPTED
    return inside and readable and not any(word in name for word in MACROS)


def _types_listed(listed: bytes) -> set[str]:
    """The content types of a package; none where the list is not plain XML (ECMA-376-2 §8.2.5: no DTD)."""
    try:
        text = listed.decode("utf-16" if listed[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return set()
    return set() if DECLARATION.search(text) else {unescape(kind) for kind in CONTENT_TYPE.findall(text)}


TYPES: tuple[FileType, ...] = (
    FileType("application/pdf", (".pdf",), _is_pdf),
    FileType(DOCUMENT, (".docx",), _is_document),
    FileType(WORKBOOK, (".xlsx",), _is_workbook),
    FileType("image/png", (".png",), _is_png),
    FileType("image/jpeg", (".jpg", ".jpeg"), _is_jpeg),
    FileType("image/webp", (".webp",), _is_webp),
    FileType("image/gif", (".gif",), _is_gif),
)
