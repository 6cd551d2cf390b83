"""Cleaning what a person typed."""

import pytest

from trainapp.calendar.text import UnsafeValue, clean, clean_line, clean_name, clean_url, escape, mailto


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_becomes_one_lf(mark: str) -> None:
    assert clean(f"first{mark}second") == "first\nsecond"


def test_lines_keep_their_blank_lines() -> None:
    assert clean("first\r\n\r\nsecond") == "first\n\nsecond"


@pytest.mark.parametrize(
    "mark",
    ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800", "\udfff", "\ufeff", "\uffff"]
    + [chr(point) for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))],
)
def test_controls_surrogates_and_bidi_overrides_go(mark: str) -> None:
    assert clean(f"a{mark}b") == "ab"


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "👩‍💻", "‏عربي‏", "C:\\New", "𠮷野家", "한국어"])
def test_what_a_script_needs_stays(text: str) -> None:
    assert clean(text) == text


def test_tab_becomes_a_space() -> None:
    assert clean("a\tb") == "a b"


def test_a_line_has_no_line_break() -> None:
    assert clean_line(" Title\r\nATTACH:https://evil.example.org/x\u2028more ") == (
        "Title ATTACH:https://evil.example.org/x more"
    )


def test_a_name_cannot_leave_its_parameter() -> None:
    assert clean_name('x";ROLE=CHAIR:mailto:evil@x') == "x',ROLE=CHAIR:mailto:evil@x"
    assert clean_name("Backslash\\") == "Backslash/"


def test_escape_keeps_a_backslash_before_n_apart_from_a_line_break() -> None:
    assert escape("C:\\New; a, b\nc") == r"C:\\New\; a\, b\nc"


@pytest.mark.parametrize(
    "url",
    ["https://example.org/a?b=c,d;e#f", "http://127.0.0.1:5000/x", "https://meet.example.org/%7b%22T%22"],
)
def test_a_plain_address_of_a_page_is_taken_as_it_is(url: str) -> None:
    assert clean_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "javascript:alert(1)",
        "mailto:a@example.org",
        "https://example.org/a b",
        "https://example.org/\r\nATTACH:x",
        "https://example.org/\n",
        "https://example.org/\r",
        "https://example.org/\x00",
        "https://example.org/\u2028",
        "https://example.org/\u0663",
        'https://example.org/"x',
        "https://example.org/100%",
        " https://example.org/",
    ],
)
def test_an_unsafe_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(UnsafeValue):
        clean_url(url)


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("invite+k3y@example.org", "mailto:invite+k3y@example.org"),
        ("o'neill_x-1@example.org", "mailto:o'neill_x-1@example.org"),
        ("a%b=c/d?e&f#g@example.org", "mailto:a%25b%3Dc%2Fd%3Fe%26f%23g@example.org"),
        ("josé@bücher.example", "mailto:jos%C3%A9@b%C3%BCcher.example"),
    ],
)
def test_an_address_becomes_a_mailto_uri(address: str, uri: str) -> None:
    assert mailto(address) == uri


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@example.org",
        "a@example.org\r\nX:1",
        "a@example.org\n",
        "<a@example.org>",
        "a\x00@b.org",
    ]
    + [
        "a\ud800@example.org",
        "a\u202e@example.org",
        'x";ROLE=CHAIR:mailto:evil@x',
        "a@b.org,c@d.org",
        "mailto:a@b.org",
    ],
)
def test_an_unsafe_address_is_refused(address: str) -> None:
    with pytest.raises(UnsafeValue):
        mailto(address)
