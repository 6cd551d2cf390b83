"""What a file is, by its content: the types that are taken, and the hostile ones that pretend to be."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import samples
from trainapp.files.recognition import LARGEST_LIST_OF_TYPES, LARGEST_UNPACKED, MOST_PARTS, recognise
from trainapp.files.service import LARGEST_FILE

TAKEN = {
    "application/pdf": samples.pdf(),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": samples.docx(),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": samples.xlsx(),
    "image/png": samples.png(),
    "image/jpeg": samples.jpeg(),
    "image/webp": samples.webp(),
    "image/gif": samples.gif(),
}
MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
VBA = "application/vnd.ms-office.vbaProject"
HTML = b"<!doctype html><script>alert(1)</script>"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + b"\x00" * 60 + b"PE\x00\x00"
TYPES = samples.CONTENT_TYPES


@pytest.mark.parametrize("media_type", TAKEN)
def test_each_type_that_is_taken_is_recognised(media_type: str) -> None:
    kind = recognise(TAKEN[media_type])
    assert kind is not None
    assert kind.media_type == media_type


@pytest.mark.parametrize("media_type", TAKEN)
def test_a_file_that_is_cut_off_is_not_taken(media_type: str) -> None:
    content = TAKEN[media_type]
    assert recognise(content[: len(content) // 2]) is None


def repeated(name: str) -> bytes:
    """A package that holds a part twice: readers differ in which one they take."""
    stream = io.BytesIO(samples.docx())
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, samples.types_with(MACRO_MAIN))
    return stream.getvalue()


def encrypted() -> bytes:
    """A package whose parts say that they are locked."""
    content = bytearray(samples.docx())
    for head, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(head)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(head, at + 4)
    return bytes(content)


def lying_bomb() -> bytes:
    """A package that says in its directory that it unpacks to a terabyte, as overlapping bombs do."""
    content = bytearray(samples.docx(**{"word/media/image1.xml": b"x"}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(content)


HOSTILE = {
    "empty": b"",
    "text": b"We ask for a training.",
    "html": HTML,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "program": EXE,
    "program named as a PDF inside": EXE + samples.pdf(),
    "pdf not at its beginning": b"\n" + samples.pdf(),
    "pdf without an end": b"%PDF-1.7\n" + HTML,
    "png head before html": b"\x89PNG\r\n\x1a\n" + HTML,
    "jpeg head before html": b"\xff\xd8\xff" + HTML,
    "gif head before html": b"GIF89a" + HTML,
    "riff that is no webp": b"RIFF\x04\x00\x00\x00WAVE",
    "any zip": samples.package({"letter.txt": "text"}),
    "zip in a zip": samples.package({"letter.docx": samples.docx()}),
    "web page in a package": samples.package({"index.html": HTML, "META-INF/MANIFEST.MF": "Main-Class: A"}),
    "presentation": samples.package(
        {TYPES: samples.types_with(samples.WORD_MAIN.replace("wordprocessingml.document", "presentationml.x"))}
    ),
    "word with macros": samples.package({TYPES: samples.types_with(MACRO_MAIN), "word/vbaProject.bin": b"\x00"}),
    "macros under another name": samples.docx(**{TYPES: samples.types_with(samples.WORD_MAIN, VBA)}),
    "macros whose type is escaped": samples.docx(
        **{TYPES: samples.types_with(samples.WORD_MAIN, VBA.replace("vba", "&#x76;ba"))}
    ),
    "macros that no list names": samples.docx(**{"word/vbaProject.bin": b"\x00"}),
    "macros in capitals": samples.docx(**{"word/VBAPROJECT.BIN": b"\x00"}),
    "two main parts": samples.package({TYPES: samples.types_with(samples.WORD_MAIN, samples.EXCEL_MAIN)}),
    "a part that climbs out": samples.docx(**{"../../etc/passwd": "x"}),
    "a part from the root": samples.docx(**{"/etc/passwd": "x"}),
    "a part with a drive": samples.docx(**{"..\\windows\\x": "x"}),
    "a list of types that expands": samples.docx(
        **{TYPES: '<!DOCTYPE a [<!ENTITY b "c">]>' + samples.types_with(samples.WORD_MAIN)}
    ),
    "a list of types that is no text": samples.docx(**{TYPES: b"\xff\xfe\x00"}),
    "a list of types without end": samples.docx(
        **{TYPES: samples.types_with(samples.WORD_MAIN) + " " * LARGEST_LIST_OF_TYPES}
    ),
    "no list of types": samples.package({"word/document.xml": samples.DOCUMENT}),
    "too many parts": samples.docx(**{f"word/{number}.xml": "" for number in range(MOST_PARTS)}),
    "another compression": samples.package({TYPES: samples.types_with(samples.WORD_MAIN)}, zipfile.ZIP_BZIP2),
    "bomb that lies": lying_bomb(),
    "locked": encrypted(),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_not_taken(what: str) -> None:
    assert recognise(HOSTILE[what]) is None


def test_a_package_that_unpacks_to_far_more_than_it_is_is_not_taken() -> None:
    stream = io.BytesIO(samples.docx())
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("word/media/zeros.xml", "w") as part,
    ):
        for _megabyte in range((LARGEST_UNPACKED >> 20) + 1):
            part.write(bytes(1 << 20))
    assert len(stream.getvalue()) < LARGEST_FILE
    assert recognise(stream.getvalue()) is None


def test_a_part_named_twice_is_not_taken() -> None:
    assert recognise(repeated(TYPES)) is None


def test_a_list_of_types_in_utf_16_is_read() -> None:
    content = samples.docx(**{TYPES: samples.types_with(samples.WORD_MAIN).encode("utf-16")})
    kind = recognise(content)
    assert kind is not None
    assert kind.extensions == (".docx",)


def test_a_file_that_is_two_things_is_what_its_beginning_says() -> None:
    """It is served only to be saved, under that type: what follows never runs."""
    kind = recognise(samples.gif()[:-1] + b"/*" + HTML + b"*/;")
    assert kind is not None
    assert kind.media_type == "image/gif"


@given(st.sampled_from(sorted(TAKEN)), st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), max_size=8))
def test_no_damage_raises(media_type: str, damage: list[tuple[int, int]]) -> None:
    content = bytearray(TAKEN[media_type])
    for place, value in damage:
        content[place % len(content)] = value
    kind = recognise(bytes(content))
    assert kind is None or kind.extensions
