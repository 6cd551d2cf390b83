"""Sheets: tables read from what any program saves, and written so that no cell acts as a formula.

What a file is, its content says. A workbook is unpacked here, within limits, and only its plain parts are handed on to
the reader, which trusts what a file says of itself: one cell in the last corner of a sheet would take all memory.
"""

import csv
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from itertools import islice
from typing import Any
from xml.parsers import expat

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from trainapp.core.errors import DomainError
from trainapp.core.forms import showable
from trainapp.core.languages import current_language, lazy
from trainapp.core.packages import NOT_A_PACKAGE, ZIP_HEAD
from trainapp.core.timefmt import number

MOST_ROWS = 20_000
MOST_COLUMNS = 60
LARGEST_SHEET = 8 * 1024 * 1024
"""In bytes."""
LARGEST_UNPACKED = 48 * 1024 * 1024
MOST_PARTS = 2_000
MOST_CELLS = 2_000_000
"""Filled or not, up to the last that is filled: what the reader makes room for."""
MOST_CHARACTERS = 20_000_000
"""In all cells; a text that many cells share counts in each, for the reader writes it out in each."""

OLD_WORKBOOK_HEAD = b"\xd0\xcf\x11\xe0"
LONGEST_NUMBER = 20
CELL_NAME = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")

DELIMITERS = ("\t", ";", ",")
LINES_LOOKED_AT, SIGNS_LOOKED_AT = 50, 100_000
CODE_PAGES = {"ar": "cp1256", "ja": "cp932", "ko": "cp949", "ru": "cp1251", "zh": "gb18030"}
"""How programs write text that is not in Unicode, by the language of their users; western Europe's is cp1252."""
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
UNREADABLE_SHARE = 0.05

FORMULA_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
STARTS_FORMULA = (*FORMULA_SIGNS, "\t", "\r", "\n")
"""Beginnings that programs take for a formula, also in the wide forms of East Asia."""
_CELL_BEGINS, _FORMULA_FOLLOWS = r"(?<=[;\t\r\n])", rf"(?=[\"' ]*[{re.escape(FORMULA_SIGNS)}])"
MAY_ACT = re.compile(_CELL_BEGINS + _FORMULA_FOLLOWS)
"""Where a program that separates by another sign than the comma begins a cell within ours, and one that acts."""
MARKED = re.compile(f"{_CELL_BEGINS}'{_FORMULA_FOLLOWS}")
TITLE_LIMIT, LONGEST_CELL = 31, 32_767
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
WIDEST = 60

Value = str | int | float | datetime | None


class SheetError(DomainError):
    """A file that cannot be read as a table; the message says what to do about it."""


@dataclass(frozen=True)
class Line:
    """A row that is not empty, and its number as the sheet counts it, from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """The rows of a sheet that hold something; cells are text without white space around it."""

    lines: list[Line]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook to be written."""

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Value]]


def read_table(content: bytes, *, field: str = "file", most_rows: int = MOST_ROWS) -> Table:
    """The first sheet of an XLSX file, or a file of separated values. Raises `SheetError` on `field`."""
    if len(content) > LARGEST_SHEET:
        raise _too_large(field)
    if content.startswith(OLD_WORKBOOK_HEAD):
        raise SheetError(
            lazy("This file is locked with a password or in an old form of Excel. Save it as XLSX without a password."),
            field,
        )
    rows = _workbook_rows(content, field) if content.startswith(ZIP_HEAD) else _text_rows(_decoded(content, field))
    return _table_of(rows, field, most_rows)


def read_text(text: str, *, field: str = "text", most_rows: int = MOST_ROWS) -> Table:
    """A table that was pasted. Raises `SheetError` on `field`."""
    return _table_of(_text_rows(text), field, most_rows)


def _table_of(rows: Iterable[Sequence[Any]], field: str, most_rows: int) -> Table:
    lines: list[Line] = []
    try:
        for place, row in enumerate(rows, 1):
            cells = _without_end([_cell_text(value) for value in row])
            if not cells:
                continue
            if len(cells) > MOST_COLUMNS:
                raise SheetError(lazy("A list has at most %(most)s columns.", most=number(MOST_COLUMNS)), field)
            if len(lines) >= most_rows:
                raise SheetError(lazy("A list has at most %(most)s rows.", most=number(most_rows)), field)
            lines.append(Line(place, cells))
    except csv.Error as error:
        raise SheetError(
            lazy("A quotation mark of this list is not closed, or a cell is too long. Please check it."), field
        ) from error
    return Table(lines)


def _without_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell_text(value: Any) -> str:
    """What a person reads in a cell: whole numbers without a point, dates as ISO 8601 has them."""
    if isinstance(value, str):
        return showable(value).strip() if value else ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _workbook_rows(content: bytes, field: str) -> list[list[Any]]:
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(_plain_parts(content, field)))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible
        ]
        rows: list[list[Any]] = workbook.get_sheet_by_name(names[0]).to_python(skip_empty_area=False) if names else []
    except (CalamineError, *NOT_A_PACKAGE) as error:
        raise _not_a_sheet(field) from error
    return rows


def _plain_parts(content: bytes, field: str) -> bytes:
    """The package with its XML parts alone, unpacked by us: what a package says of its sizes may not be true."""
    plain, extents = BytesIO(), []
    with zipfile.ZipFile(BytesIO(content)) as package, zipfile.ZipFile(plain, "w") as copy:
        parts = package.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise _too_large(field)
        for part in parts:
            bytes_of_part = package.read(part)
            extent = _extent_of(bytes_of_part, field)
            if extent is not None:
                extents.append(extent)
                copy.writestr(part.filename, bytes_of_part)
    _check_texts(extents, field)
    return plain.getvalue()


def _extent_of(part: bytes, field: str) -> "_Extent | None":
    """The measures of a part; None for what is not XML without a DTD (ECMA-376-2 §8.2.5).

    Raises `SheetError` for a sheet that is too wide, or holds too long a text.
    """
    extent = _Extent()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = extent.start, extent.end
    parser.CharacterDataHandler = extent.data
    parser.StartDoctypeDeclHandler = extent.refuse
    try:
        parser.Parse(part, True)
    except expat.ExpatError:
        return None
    except _Doctype:
        return None
    except _TooLong as error:
        raise _too_large(field) from error
    if extent.cells > MOST_CELLS:
        raise SheetError(
            lazy("This sheet has something written far below or beside the list. Copy the list into a new sheet."),
            field,
        )
    return extent


def _check_texts(extents: Sequence["_Extent"], field: str) -> None:
    """Raises `SheetError` where a sheet's cells hold too much text together, whichever part it shares texts of."""
    shared_parts = [extent.lengths for extent in extents if extent.lengths]
    for sheet in extents:
        shared = (
            sum(count * lengths[place] for place, count in sheet.shared.items() if place < len(lengths))
            for lengths in shared_parts
        )
        if sheet.characters + max(shared, default=0) > MOST_CHARACTERS:
            raise _too_large(field)


def _too_large(field: str) -> SheetError:
    return SheetError(lazy("This file is too large for a list."), field)


class _Doctype(Exception):
    pass


class _TooLong(Exception):
    pass


class _Extent:
    """How far a worksheet reaches (ECMA-376-1 §18.3.1.4 and §18.3.1.73), and how long its texts are.

    It reaches to the last cell that holds anything. Texts stand in the cells themselves, or are shared by their number
    (§18.4.8 and §18.18.11): `lengths` are those of the texts a part has to share, `shared` how often cells use each.
    """

    def __init__(self) -> None:
        self.row = self.column = self.last_row = self.last_column = 0
        self.is_shared = self.is_in_text = self.is_in_item = False
        self.length, self.beginning = 0, ""
        self.characters = 0
        self.lengths: list[int] = []
        self.shared: Counter[int] = Counter()

    @property
    def cells(self) -> int:
        return self.last_row * self.last_column

    def refuse(self, *_doctype: Any) -> None:
        raise _Doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "row":
            place = attributes.get("r", "")
            self.row = int(place) if place.isascii() and place.isdecimal() else self.row + 1
            self.column = 0
        elif kind == "c":
            self._cell(attributes.get("r"))
            self.is_shared = attributes.get("t") == "s"
        elif kind in ("v", "is", "f", "t"):
            self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
            self.is_in_text = kind in ("v", "t")
        elif kind == "si":
            if self.is_in_item:  # one text within another: no program writes it, and readers count them each their way
                raise _TooLong
            self.is_in_item = True

    def data(self, text: str) -> None:
        if not self.is_in_text:
            return
        self.length += len(text)
        if self.length > LONGEST_CELL:
            raise _TooLong
        if len(self.beginning) < LONGEST_NUMBER:
            self.beginning += text

    def end(self, name: str) -> None:
        kind = name.rpartition(" ")[2]
        if kind in ("v", "t"):
            self.is_in_text = False
        if kind == "si":
            self.lengths.append(self.length)
            self.is_in_item = False
        elif kind == "v" and self.is_shared:
            place = self.beginning.strip()
            if place.isascii() and place.isdecimal() and len(place) <= LONGEST_NUMBER:
                self.shared[int(place)] += 1
        elif kind in ("v", "is"):
            self.characters += self.length
        else:
            return
        self.length, self.beginning = 0, ""

    def _cell(self, name: str | None) -> None:
        found = CELL_NAME.fullmatch(name or "")
        if found is None:
            self.column += 1
            return
        self.row, self.column = int(found[2]), 0
        for letter in found[1].upper():
            self.column = self.column * 26 + ord(letter) - ord("A") + 1


def _decoded(content: bytes, field: str) -> str:
    for encoding in _encodings_of(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(text) - len(showable(text)) <= len(text) * UNREADABLE_SHARE:
            return text
        break
    raise _not_a_sheet(field)


def _encodings_of(content: bytes) -> list[str]:
    """What to try, in order: Unicode by its marks or its form, then what programs of the reader's language write."""
    marked = [encoding for mark, encoding in BYTE_ORDER_MARKS if content.startswith(mark)]
    if marked:
        return marked
    half = len(content) // 2
    if half and content[1::2].count(0) * 2 > half:
        return ["utf-16-le"]
    if half and content[0::2].count(0) * 2 > half:
        return ["utf-16-be"]
    return ["utf-8", CODE_PAGES.get(current_language(), "cp1252"), "cp1252"]


def _not_a_sheet(field: str) -> SheetError:
    return SheetError(
        lazy("This file cannot be read as a list. Save it as XLSX, or as CSV in UTF-8, and choose it again."), field
    )


def _text_rows(text: str) -> Iterable[list[str]]:
    """Rows of separated values (RFC 4180), whatever separates them."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for row in csv.reader(StringIO(plain), delimiter=_delimiter_of(plain)):
        yield [_as_written(cell) for cell in row]


def _delimiter_of(text: str) -> str:
    """The one that cuts most of the first lines, and most of them into equally many cells."""
    lines = (line for line in text[:SIGNS_LOOKED_AT].split("\n") if line.strip())
    head = "\n".join(islice(lines, LINES_LOOKED_AT))

    def agreement(delimiter: str) -> float:
        try:
            widths = [len(row) for row in csv.reader(StringIO(head), delimiter=delimiter)]
        except csv.Error:
            return 0
        wide = [width for width in widths if width > 1]
        alike = max((wide.count(width) for width in set(wide)), default=0)
        return (len(wide) + alike) / max(1, len(widths))

    return max(DELIMITERS, key=agreement)


def _as_written(cell: str) -> str:
    """The text of a cell that `inert` has marked."""
    return MARKED.sub("", cell[1:] if cell.startswith("'") and cell[1:].startswith(STARTS_FORMULA) else cell)


def inert(text: str) -> str:
    """The text so that no program takes it, or what follows a sign in it that separates, for a formula."""
    marked = MAY_ACT.sub("'", text)
    return f"'{marked}" if text.startswith(STARTS_FORMULA) else marked


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """Separated values in UTF-8 with a mark, by which Excel knows it, and line ends as RFC 4180 has them."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    for row in (headers, *rows):
        writer.writerow([inert(showable(cell)) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig", "replace")


def write_xlsx(
    title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    right_to_left: bool = False,
    others: Sequence[Sheet] = (),
) -> bytes:
    """A workbook of one sheet, and of others behind it; its first row stays in sight."""
    workbook = Workbook(write_only=True)
    for sheet in (Sheet(title, headers, rows), *others):
        _write_sheet(workbook, sheet, right_to_left)
    out = BytesIO()
    workbook.save(out)
    return out.getvalue()


def _write_sheet(workbook: Workbook, sheet: Sheet, right_to_left: bool) -> None:
    page = workbook.create_sheet(NOT_IN_TITLES.sub(" ", showable(sheet.title)).strip()[:TITLE_LIMIT] or None)
    rows = [sheet.headers, *sheet.rows]
    page.sheet_view.rightToLeft = right_to_left
    page.freeze_panes = "A2"
    for place, width in enumerate(_widths(rows), 1):
        page.column_dimensions[get_column_letter(place)].width = width
    for place, row in enumerate(rows):
        page.append([_written_cell(page, value, is_head=place == 0) for value in row])


def _widths(rows: Sequence[Sequence[Value]]) -> list[int]:
    columns = max((len(row) for row in rows), default=0)
    longest = [max((len(str(row[place])) for row in rows if place < len(row)), default=0) for place in range(columns)]
    return [min(WIDEST, length + 4) for length in longest]


def _written_cell(page: Any, value: Value, *, is_head: bool) -> Any:
    """Text is stored as text; where it looks like a formula, Excel is told to keep it text when it is edited."""
    is_text = isinstance(value, str)
    cell = WriteOnlyCell(page, showable(str(value))[:LONGEST_CELL] if is_text else value)
    if is_text:
        cell.data_type = "s"
        cell.quotePrefix = str(value).startswith(STARTS_FORMULA)
    if is_head:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell
