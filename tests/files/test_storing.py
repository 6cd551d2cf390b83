"""Keeping uploads: what is refused, in which words, and what is kept of what is taken."""

import hashlib

import pytest
from sqlalchemy import inspect, select

from tests.support import samples
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.unit_of_work import unit_of_work
from trainapp.files.labels import kind_label, what_is_taken
from trainapp.files.models import StoredFile
from trainapp.files.service import LARGEST_FILE, MOST_FILES, Upload, store, store_all
from trainapp.files.sizes import size_label

pytestmark = pytest.mark.usefixtures("context")


def test_a_file_is_kept_as_it_came() -> None:
    content = samples.docx()
    with unit_of_work():
        store(Upload("../Letter.docx", content))
    kept = db.session.scalars(select(StoredFile)).one()
    assert (kept.name, kept.size, kept.content) == ("Letter.docx", len(content), content)
    assert kept.digest == hashlib.sha256(content).hexdigest()
    assert kind_label(kept) == "Word"


def test_a_list_of_files_does_not_read_their_bytes() -> None:
    with unit_of_work():
        store(Upload("a.png", samples.png()))
    db.session.expunge_all()
    kept = db.session.scalars(select(StoredFile)).one()
    assert "content" in inspect(kept).unloaded


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (Upload("empty.pdf", b""), "The file empty.pdf is empty."),
        (Upload("large.pdf", samples.pdf() + b" " * LARGEST_FILE), "The file large.pdf is larger than 10 MB."),
        (Upload("letter.pdf", b"MZ\x90"), "The file letter.pdf is not taken"),
        (Upload("\x00\u202e<b>.pdf", b"MZ\x90"), "The file -b-.pdf is not taken"),
        (Upload("", b"MZ\x90"), "The file file is not taken"),
    ],
)
def test_what_is_not_taken_is_named(upload: Upload, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        store(upload, "letter")
    assert refused.value.field == "letter"
    assert words in str(refused.value.message)


def test_the_largest_file_is_taken() -> None:
    padded = samples.pdf().replace(b"%PDF-1.4\n", b"%PDF-1.4\n" + b" " * (LARGEST_FILE - len(samples.pdf())))
    assert len(padded) == LARGEST_FILE
    assert store(Upload("large.pdf", padded)).size == LARGEST_FILE


def test_no_more_than_five_come_at_once() -> None:
    one = Upload("a.png", samples.png())
    assert len(store_all([one] * MOST_FILES)) == MOST_FILES
    with pytest.raises(DomainError, match="at most 5 files"):
        store_all([one] * (MOST_FILES + 1))


def test_sizes_are_said_as_readers_write_them() -> None:
    assert size_label(1) == "1 kB"
    assert size_label(240 * 1024) == "240 kB"
    assert size_label(1258291, "fr") == "1,2\u202fMo"
    assert size_label(LARGEST_FILE, "ru") == "10 МБ"
    assert "10 MB" in what_is_taken()
