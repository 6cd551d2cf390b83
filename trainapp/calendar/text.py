"""What a person typed, made safe to stand in a calendar file.

iCalendar files are read by dozens of programs. Many break on the same few characters: controls, Unicode line
separators, lone surrogates and bidirectional overrides. This room writes no text that has not passed here.
"""

import re
from urllib.parse import quote

LINE_BREAKS = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
# Tab stands outside: it becomes a space, as a fold may begin a line with either.
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"\s+")

# The characters of RFC 3986 §2 after a scheme a browser opens; a percent sign only before two hex digits.
URL = re.compile(r"https?://(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_ADDRESS = re.compile(r"[^\s@\"<>()\[\]\\:;,]+@[^\s@\"<>()\[\]\\:;,]+")


class UnsafeValue(ValueError):
    """A value that cannot stand in a calendar file; where a person typed it, a form error."""


def clean(text: str) -> str:
    """The text without what breaks calendar programs, its lines parted by LF.

    Every kind of line break (CRLF, lone CR, VT, FF, NEL, U+2028, U+2029) becomes one LF, so that no words run
    together; other controls, byte order marks, lone surrogates and bidirectional overrides and isolates go.
    Joiners and direction marks stay: Arabic, Indic scripts and emoji need them.
    """
    return FORBIDDEN.sub("", LINE_BREAKS.sub("\n", text)).replace("\t", " ").strip()


def clean_line(text: str) -> str:
    """The text for a value of one line: cleaned, with each run of white space as one space."""
    return _SPACES.sub(" ", clean(text)).strip()


def clean_name(text: str) -> str:
    """A name for the parameter CN, without the quote, semicolon and backslash that programs break on."""
    return clean_line(text.replace('"', "'").replace(";", ",").replace("\\", "/"))


def escape(text: str) -> str:
    r"""The text as a TEXT value (RFC 5545 §3.3.11).

    Not left to icalendar, which takes a literal ``\N`` for a line break: ``C:\New`` would become two lines.
    """
    return text.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")


def clean_url(url: str) -> str:
    """The address of a page, unchanged (RFC 3986).

    Raises:
        UnsafeValue: it has a line break, a space, a control or another character that must be
            percent-encoded, or does not begin with http:// or https://.
    """
    if not URL.fullmatch(url):
        raise UnsafeValue(f"not an http or https address in plain ASCII: {url!r}")
    return url


def mailto(address: str) -> str:
    """The e-mail address as a mailto URI, percent-encoded where RFC 6068 §2 asks for it.

    Raises:
        UnsafeValue: it is not of the form ``name@domain``, or has a character that no such address needs.
    """
    if FORBIDDEN.search(address) or not _ADDRESS.fullmatch(address):
        raise UnsafeValue(f"not an e-mail address: {address!r}")
    return "mailto:" + quote(address, safe="@!$'*+-._~")
