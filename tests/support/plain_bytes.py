"""What every calendar program may expect of a file's bytes, looked at without a line of ours."""

import re
from datetime import datetime

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
TIME = re.compile(r"(DTSTART|DTEND|DTSTAMP|LAST-MODIFIED):(.*)")
KNOWN = re.compile(
    "BEGIN|END|VERSION|PRODID|CALSCALE|METHOD|NAME|X-WR-CALNAME|REFRESH-INTERVAL|X-PUBLISHED-TTL|SOURCE|UID|SEQUENCE|"
    "DTSTAMP|LAST-MODIFIED|DTSTART|DTEND|SUMMARY|DESCRIPTION|LOCATION|URL|CONFERENCE|STATUS|TRANSP|ORGANIZER|ATTENDEE|"
    "ACTION|TRIGGER"
)
"""The properties that may leave this house, written by hand."""


def plain_faults(content: bytes) -> list[str]:
    """Lines too long, folds inside a character, controls, properties nobody asked for, times that do not exist."""
    found = []
    if not content.endswith(b"\r\n"):
        found.append("no last line end")
    for raw in content.split(b"\r\n")[:-1]:
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError:
            found.append(f"a fold inside a character: {raw!r}")
            continue
        if len(raw) > 75 or CONTROLS.search(line):
            found.append(f"a long line or a control: {raw!r}")
    for line in content.replace(b"\r\n ", b"").decode("utf-8", "replace").split("\r\n")[:-1]:
        if not KNOWN.fullmatch(re.split("[;:]", line)[0]):
            found.append(f"a foreign property: {line!r}")
        found += _faults_of_time(line)
    return found


def _faults_of_time(line: str) -> list[str]:
    match = TIME.fullmatch(line)
    if match is None:
        return []
    try:
        moment = datetime.strptime(match[2], "%Y%m%dT%H%M%SZ")
    except ValueError:
        return [f"no instant: {line!r}"]
    return [] if match[2].isascii() and 2000 <= moment.year < 2200 else [f"an impossible time: {line!r}"]
