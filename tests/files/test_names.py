"""Names of uploaded files: as people wrote them, and harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainapp.core.forms import showable
from trainapp.files.names import NAME_LIMIT, clean_name

PDF = (".pdf",)
JPEG = (".jpg", ".jpeg")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Letter 12.pdf", "Letter 12.pdf"),
        ("LETTER.PDF", "LETTER.PDF"),
        ("報告書.pdf", "報告書.pdf"),
        ("رسالة المكتب.pdf", "رسالة المكتب.pdf"),
        ("نامه\u200cها.pdf", "نامه\u200cها.pdf"),
        ("Lettre ÉTÉ.pdf", "Lettre ÉTÉ.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\letters\\letter.pdf", "letter.pdf"),
        ("/", "file.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("letter.exe", "letter.exe.pdf"),
        ("letter.pdf.", "letter.pdf"),
        ("let\x00ter\r\n.pdf", "letter.pdf"),
        ("letter\u202efdp.exe", "letterfdp.exe.pdf"),
        ('a"b<c>|d?.pdf', "a-b-c--d-.pdf"),
        ("a   b.pdf", "a b.pdf"),
        ("x" * 300 + ".pdf", "x" * (NAME_LIMIT - 4) + ".pdf"),
        ("報" * 300 + ".pdf", "報" * (NAME_LIMIT - 4) + ".pdf"),
    ],
)
def test_a_name_is_kept_without_what_harms(name: str, kept: str) -> None:
    assert clean_name(name, PDF) == kept


def test_any_ending_of_its_type_stays() -> None:
    assert clean_name("photo.JPEG", JPEG) == "photo.JPEG"
    assert clean_name("photo.png", JPEG) == "photo.png.jpg"


@given(st.text(max_size=400))
def test_every_name_is_one_line_that_a_page_and_a_disk_can_hold(name: str) -> None:
    kept = clean_name(name, PDF)
    assert len(kept) <= NAME_LIMIT
    assert kept == kept.strip()
    assert kept.casefold().endswith(".pdf")
    assert len(kept) > len(".pdf")
    assert showable(kept) == kept
    assert not set(kept) & set('/\\<>:"|?*\n\r\t\u202a\u202b\u202d\u202e\u2066\u2067')
