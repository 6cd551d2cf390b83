"""Sheets are read whatever program wrote them, and nothing in one ever acts."""

import csv
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import make_app
from trainapp.core.forms import showable
from trainapp.core.languages import speaking
from trainapp.documents.sheets import (
    MOST_COLUMNS,
    MOST_ROWS,
    STARTS_FORMULA,
    Sheet,
    SheetError,
    read_table,
    read_text,
    write_csv,
    write_xlsx,
)

ROWS = [["Name", "E-mail"], ["Amina حسن", "amina@example.org"], ["王小明", "wang@example.org"]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("sheets")
    return make_app(f"sqlite:///{folder}/empty.sqlite3", folder)


@pytest.fixture(autouse=True)
def every_mail_was_looked_at() -> None:
    """There is no outbox here."""


@pytest.fixture(autouse=True)
def reading_in_russian(app: Flask) -> Iterator[None]:
    with app.test_request_context("/ru/"):
        yield


def cells(content: bytes) -> list[list[str]]:
    return [line.cells for line in read_table(content).lines]


def workbook(**values: object) -> bytes:
    """A workbook with these cells, as another program writes it."""
    book, out = openpyxl.Workbook(), BytesIO()
    for place, value in values.items():
        book.active[place] = value
    book.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same package with one part replaced, or added."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for each in package.infolist():
            if each.filename != name:
                copy.writestr(each.filename, package.read(each))
        copy.writestr(name, part)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [
        ("utf-8", ",", "\n"),
        ("utf-8-sig", ";", "\r\n"),
        ("utf-16", "\t", "\r\n"),
        ("utf-16-le", "\t", "\n"),
        ("utf-16-be", ",", "\r"),
    ],
)
def test_separated_values_are_read_however_they_were_saved(encoding: str, delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in ROWS)
    if encoding in ("utf-16-le", "utf-16-be"):
        text = text.replace("حسن", "").replace("王小明", "Wang")  # without a mark, told by its Latin letters
        assert cells(text.encode(encoding))[0] == ROWS[0]
    else:
        assert cells(text.encode(encoding)) == ROWS


def test_what_is_not_unicode_is_read_as_the_reader_s_programs_write_it() -> None:
    assert cells("Имя;Почта\r\nИван;ivan@example.org".encode("cp1251"))[1][0] == "Иван"
    for language, encoding, word in (("ja", "cp932", "山田"), ("ar", "cp1256", "حسن"), ("fr", "cp1252", "Zoë")):
        with speaking(language):
            assert cells(f"{word};x@example.org".encode(encoding))[0][0] == word


def test_a_comma_in_a_name_does_not_cut_it_where_something_else_separates() -> None:
    assert [line.cells for line in read_text("Example, Amina\ta@example.org\nExample, Bo\tb@example.org").lines] == [
        ["Example, Amina", "a@example.org"],
        ["Example, Bo", "b@example.org"],
    ]
    assert [line.cells for line in read_text('"Example, Amina";a@example.org').lines][0][0] == "Example, Amina"


def test_a_workbook_gives_texts_and_the_numbers_of_its_rows() -> None:
    table = read_table(workbook(B3="x", C3=7, D3=2.5, E3=True, A5="=1+1", B5="  y \x0a"))
    assert [(line.number, line.cells) for line in table.lines] == [
        (3, ["", "x", "7", "2.5", "TRUE"]),
        (5, ["", "y"]),
    ]


@pytest.mark.parametrize("writer", [write_csv, lambda head, rows: write_xlsx("People [1]", head, rows)])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(
            st.one_of(
                st.text(st.characters(codec="utf-8"), max_size=8),
                st.sampled_from([f"{sign}cmd|' /C calc'!A0" for sign in STARTS_FORMULA]),
            ),
            min_size=2,
            max_size=3,
        ),
        max_size=3,
    )
)
def test_no_cell_that_is_written_acts_and_each_reads_as_it_was(
    writer: Callable[[list[str], list[list[str]]], bytes], rows: list[list[str]]
) -> None:
    content = writer(["a", "b", "c"], rows)
    if content.startswith(b"PK"):
        book = openpyxl.load_workbook(BytesIO(content))
        assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type == "f"]
    else:
        text = content.decode("utf-8-sig")
        starts = {sign for sign in STARTS_FORMULA if f'\r\n"{sign}' in text or f'","{sign}' in text}
        assert not starts & {"=", "+", "-", "@"}
    read = cells(content)[1:]
    wanted = [[readable(cell) for cell in row] for row in rows]
    assert [row + [""] * 3 for row in read] == [
        row + [""] * (len(got) + 3 - len(row))
        for row, got in zip([row for row in wanted if any(row)], read, strict=True)
    ]


def readable(text: str) -> str:
    return showable(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def test_a_written_workbook_says_which_way_it_is_read() -> None:
    content = write_xlsx("أشخاص", ["الاسم"], [["حسن"]], right_to_left=True, others=[Sheet("Code", ["x"], [["y"]])])
    book = openpyxl.load_workbook(BytesIO(content))
    assert [sheet.title for sheet in book] == ["أشخاص", "Code"]
    assert all(sheet.sheet_view.rightToLeft for sheet in book)
    assert cells(content) == [["الاسم"], ["حسن"]], "the first sheet is the one that is read"


def lying_zip() -> bytes:
    """A part that says it is small, and unpacks to sixty megabytes."""
    content = with_part(workbook(A1="x"), SHEET, b"<worksheet>" + b" " * 60_000_000)
    real, told = struct.pack("<L", 60_000_011), struct.pack("<L", 11)
    return content.replace(real, told)


def sharing(text: bytes, cells: int) -> bytes:
    """A workbook of many cells that share one text."""
    shared = b"<sst " + MAIN + b"><si><r><t>" + text + b"</t></r></si></sst>"
    row = b"<row>" + b'<c t="s"><v>0</v></c>' * 50 + b"</row>"
    sheet = b"<worksheet " + MAIN + b"><sheetData>" + row * (cells // 50) + b"</sheetData></worksheet>"
    book = with_part(workbook(A1="x"), "xl/sharedStrings.xml", shared)
    return with_part(book, SHEET, sheet)


def test_cells_may_share_a_text_within_limits() -> None:
    table = read_table(sharing(b"y" * 30_000, 500))
    assert [len(line.cells) for line in table.lines] == [50] * 10
    assert table.lines[9].cells[49] == "y" * 30_000


def test_a_reader_that_separates_by_other_signs_finds_no_formula_either() -> None:
    hostile = ["x;=1+1", 'x;"=1+1', "x\n@SUM(A1)", "x\t+1", "x;'=1", ";;-1"]
    content = write_csv(["a", "b"], [["=1", each] for each in hostile])
    for delimiter in ";\t":
        rows = csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        assert not [cell for row in rows for cell in row if cell.lstrip('" ').startswith(("=", "+", "-", "@"))]
    assert cells(content)[1:] == [["=1", each] for each in hostile]


HOSTILE: dict[str, Callable[[], bytes]] = {
    "too many rows": lambda: b"a,b\n" * (MOST_ROWS + 1),
    "too many columns": lambda: b"x," * MOST_COLUMNS + b"x",
    "a quote that is not closed": lambda: b'"' + b"x" * 200_000,
    "an image": lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(32)) * 40,
    "a package that is none": lambda: b"PK\x03\x04" + b"\x00" * 99,
    "a workbook cut short": lambda: workbook(A1="x")[:700],
    "a workbook with a broken sheet": lambda: with_part(workbook(A1="x"), SHEET, b"<worksheet><sheetData>"),
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
    "a cell in the last corner": lambda: workbook(A1="x", XFD1048576="y"),
    "rows that leap": lambda: with_part(
        workbook(A1="x"),
        SHEET,
        b"<worksheet "
        + MAIN
        + b'><sheetData><row r="1048576">'
        + b"<c><v>1</v></c>" * 9_999
        + b"</row></sheetData></worksheet>",
    ),
    "a bomb": lambda: with_part(workbook(A1="x"), SHEET, b"<worksheet>" + b" " * 60_000_000),
    "a bomb that lies about its size": lying_zip,
    "entities that grow": lambda: with_part(
        workbook(A1="x"),
        SHEET,
        b'<!DOCTYPE w [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet ' + MAIN + b">&b;</worksheet>",
    ),
    "a long text in many cells": lambda: sharing(b"y" * 1_000_000, 20_000),
    "a text in very many cells": lambda: sharing(b"y" * 30_000, 1_000),
    "a long text in a cell": lambda: with_part(
        workbook(A1="x"),
        SHEET,
        b"<worksheet "
        + MAIN
        + b'><sheetData><row><c t="inlineStr"><is><t>'
        + b"y" * 33_000
        + b"</t></is></c></row></sheetData></worksheet>",
    ),
    "a sheet within something else": lambda: with_part(
        workbook(A1="x"),
        SHEET,
        b"<x><worksheet "
        + MAIN
        + b'><sheetData><row><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet></x>',
    ),
    "bytes of no text": lambda: b"\x00" * 1000,
    "more than it may hold": lambda: b"a" * (9 * 1024 * 1024),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_soon(kind: str) -> None:
    content = HOSTILE[kind]()
    begun = time.monotonic()
    with pytest.raises(SheetError) as refused:
        read_table(content, field="upload")
    assert refused.value.field == "upload"
    assert str(refused.value.message)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("content", [b"", b"\r\n" * 1000, b"," * 2_000_000, workbook()])
def test_a_file_that_says_nothing_is_an_empty_table(content: bytes) -> None:
    assert read_table(content).lines == []


def test_a_stray_sign_nobody_reads_is_left_out() -> None:
    assert cells(
        b"Ami\x00na Example of the Patent Office of Somewhere,amina@example.org,a third cell of many words here"
    ) == [["Amina Example of the Patent Office of Somewhere", "amina@example.org", "a third cell of many words here"]]
