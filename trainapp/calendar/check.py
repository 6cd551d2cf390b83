"""The strict check of what this application may emit, byte by byte, before anybody receives it.

Parsers are forgiving, each in its own way, so a file that one of them reads is no proof. This check is an
allow-list: a component, property, parameter or value that is not written here is a fault. Of how the files
are made it knows only which characters a text and an address may have.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from trainapp.calendar.text import FORBIDDEN, URL

LONGEST_LINE = 75  # octets without the line break, RFC 5545 §3.1
_LARGEST_SEQUENCE = 2**31 - 1
# A year outside is one of another calendar (1448, 2569) or a slip.
_YEARS = range(1970, 2200)


class Shape(Enum):
    """What a file is for; each shape has its own rules."""

    DOWNLOAD = "download"
    REQUEST = "request"
    CANCEL = "cancel"
    FEED = "feed"
    ALARM_FEED = "feed with reminders"


def problems(content: bytes, shape: Shape) -> list[str]:
    """All faults of a file, in English for a log, each with its line; an empty list where it may go out."""
    reader = _Reader(shape)
    for number, line in _unfolded(content, reader.report):
        reader.read(number, line)
    reader.finish()
    return reader.found


# Physical lines

_Report = Callable[[int, str], None]


def _unfolded(content: bytes, report: _Report) -> Iterator[tuple[int, str]]:
    """The content lines with the number of their first physical line."""
    if not content.endswith(b"\r\n"):
        report(content.count(b"\n") + 1, "the file does not end with CRLF")
    start, parts = 0, [""]
    for number, raw in enumerate(content.removesuffix(b"\r\n").split(b"\r\n"), 1):
        physical = _physical(number, raw, report)
        if physical.startswith(" ") and start:
            parts.append(physical[1:])
            continue
        if start:
            yield start, "".join(parts)
        start, parts = number, [physical]
    yield start, "".join(parts)


def _physical(number: int, raw: bytes, report: _Report) -> str:
    if b"\r" in raw or b"\n" in raw:
        report(number, "a CR or LF that is not a line end CRLF")
    if len(raw) > LONGEST_LINE:
        report(number, f"a line of {len(raw)} octets")
    if raw in (b"", b" "):
        report(number, "an empty line")
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError:
        report(number, "not valid UTF-8 by itself")
        return raw.decode("utf-8", "replace")
    if "\t" in line or FORBIDDEN.search(line.replace("\n", "").replace("\r", "")):
        report(number, "a control, line separator or bidirectional override")
    return line


# What may stand where

_Params = Mapping[str, re.Pattern[str]]


@dataclass(frozen=True)
class _Rule:
    """What one property may say: its value, and the parameters it has, all of them and no other."""

    value: re.Pattern[str]
    params: _Params = field(default_factory=dict)
    required: bool = True


def _exactly(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))


_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,n])+")
_UTC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
_MAILTO = re.compile(r"mailto:(?:[A-Za-z0-9!$'*+._~-]|%[0-9A-F]{2})+@(?:[A-Za-z0-9.-]|%[0-9A-F]{2})+")
_HOUR = _exactly("PT1H")
_IN_LANGUAGE: _Params = {"LANGUAGE": re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")}
_IS_URI: _Params = {"VALUE": _exactly("URI")}
_CN = re.compile(r'"(?:[^"^;]|\^\^)+"|(?:[^",;:^]|\^\^)+')

_CALENDAR: dict[str, _Rule] = {
    "VERSION": _Rule(_exactly("2.0")),
    "PRODID": _Rule(_exactly("-//International Bureau//trainapp//EN")),
    "CALSCALE": _Rule(_exactly("GREGORIAN")),
}
_FEED_CALENDAR: dict[str, _Rule] = {
    **_CALENDAR,
    "NAME": _Rule(_TEXT, _IN_LANGUAGE),
    "X-WR-CALNAME": _Rule(_TEXT),
    "REFRESH-INTERVAL": _Rule(_HOUR, {"VALUE": _exactly("DURATION")}),
    "X-PUBLISHED-TTL": _Rule(_HOUR),
    "SOURCE": _Rule(URL, _IS_URI),
}
_EVENT: dict[str, _Rule] = {
    "UID": _Rule(re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,254}")),
    "SEQUENCE": _Rule(re.compile(r"0|[1-9][0-9]*")),
    "DTSTAMP": _Rule(_UTC),
    "LAST-MODIFIED": _Rule(_UTC),
    "DTSTART": _Rule(_UTC),
    "DTEND": _Rule(_UTC),
    "SUMMARY": _Rule(_TEXT, _IN_LANGUAGE),
    "DESCRIPTION": _Rule(_TEXT, _IN_LANGUAGE, required=False),
    "LOCATION": _Rule(_TEXT, _IN_LANGUAGE, required=False),
    "URL": _Rule(URL, required=False),
    "CONFERENCE": _Rule(URL, {**_IS_URI, "FEATURE": _exactly("AUDIO,VIDEO")}, required=False),
    "STATUS": _Rule(re.compile("CONFIRMED|CANCELLED")),
    "TRANSP": _Rule(re.compile("OPAQUE|TRANSPARENT")),
}
_MAILED_EVENT: dict[str, _Rule] = {
    **_EVENT,
    "ORGANIZER": _Rule(_MAILTO, {"CN": _CN}),
    "ATTENDEE": _Rule(
        _MAILTO,
        {
            "CN": _CN,
            "ROLE": _exactly("REQ-PARTICIPANT"),
            "PARTSTAT": _exactly("NEEDS-ACTION"),
            "RSVP": _exactly("TRUE"),
        },
    ),
}
_ALARM: dict[str, _Rule] = {
    "ACTION": _Rule(_exactly("DISPLAY")),
    "TRIGGER": _Rule(_exactly("-PT15M")),
    "DESCRIPTION": _Rule(_TEXT, _IN_LANGUAGE),
}


def _with_method(method: str) -> dict[str, _Rule]:
    return {**_CALENDAR, "METHOD": _Rule(_exactly(method))}


_Rules = Mapping[str, Mapping[str, _Rule]]
_RULES: dict[Shape, _Rules] = {
    Shape.DOWNLOAD: {"VCALENDAR": _CALENDAR, "VEVENT": _EVENT, "VALARM": _ALARM},
    Shape.REQUEST: {"VCALENDAR": _with_method("REQUEST"), "VEVENT": _MAILED_EVENT, "VALARM": _ALARM},
    Shape.CANCEL: {"VCALENDAR": _with_method("CANCEL"), "VEVENT": _MAILED_EVENT},
    Shape.FEED: {"VCALENDAR": _FEED_CALENDAR, "VEVENT": _EVENT},
    Shape.ALARM_FEED: {"VCALENDAR": _FEED_CALENDAR, "VEVENT": _EVENT, "VALARM": _ALARM},
}
_PARENT = {"VCALENDAR": "", "VEVENT": "VCALENDAR", "VALARM": "VEVENT"}
_TRANSP_OF = {"CONFIRMED": "OPAQUE", "CANCELLED": "TRANSPARENT"}
_STATUS_OF = {Shape.REQUEST: "CONFIRMED", Shape.CANCEL: "CANCELLED"}

# The reading

_PARAM_VALUE = r'(?:"[^"]*"|[^",;:]*)'
_LINE = re.compile(rf"([A-Z][A-Z-]*)((?:;[A-Z-]+={_PARAM_VALUE}(?:,{_PARAM_VALUE})*)*):(.*)", re.DOTALL)
_PARAM = re.compile(rf";([A-Z-]+)=({_PARAM_VALUE}(?:,{_PARAM_VALUE})*)")


@dataclass
class _Component:
    """One component as far as it is read."""

    name: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    languages: set[str] = field(default_factory=set)
    children: int = 0


class _Reader:
    """Reads content lines one by one and keeps the faults it finds."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.rules = _RULES[shape]
        self.found: list[str] = []
        self._open: list[_Component] = []
        self._uids: set[str] = set()
        self._calendars = 0

    def report(self, line: int, fault: str) -> None:
        self.found.append(f"line {line}: {fault}")

    def read(self, number: int, line: str) -> None:
        """Take one content line."""
        match = _LINE.fullmatch(line)
        if not match:
            self.report(number, "not a content line NAME;PARAMETER=VALUE:VALUE")
            return
        name, params, value = match.groups()
        if name == "BEGIN":
            self._begin(number, params, value)
        elif name == "END":
            self._end(number, params, value)
        elif not self._open:
            self.report(number, f"{name} outside a calendar")
        else:
            self._property(number, name, params, value)

    def finish(self) -> None:
        """Take the end of the file."""
        for component in self._open:
            self.report(component.line, f"{component.name} without an END")
        if self._calendars != 1:
            self.report(1, f"{self._calendars} calendars in one file")

    def _begin(self, number: int, params: str, name: str) -> None:
        parent = self._open[-1] if self._open else None
        if params or name not in self.rules:
            self.report(number, f"a component that is not allowed: {name}{params}")
        elif _PARENT[name] != (parent.name if parent else ""):
            self.report(number, f"{name} in {parent.name if parent else 'no component'}")
        if parent:
            parent.children += 1
        elif name == "VCALENDAR":
            self._calendars += 1
        self._open.append(_Component(name, number))

    def _end(self, number: int, params: str, name: str) -> None:
        if params or not self._open or self._open[-1].name != name:
            self.report(number, f"an END that matches no BEGIN: {name}{params}")
            return
        component = self._open.pop()
        for required, rule in self.rules.get(name, {}).items():
            if rule.required and required not in component.values:
                self.report(component.line, f"{name} without {required}")
        if name == "VEVENT":
            self._check_event(component)
        elif name == "VCALENDAR":
            self._check_calendar(component)

    def _property(self, number: int, name: str, params: str, value: str) -> None:
        component = self._open[-1]
        rule = self.rules.get(component.name, {}).get(name)
        if component.children:
            self.report(number, f"{name} after a component inside {component.name}")
        if name in component.values:
            self.report(number, f"a second {name}")
        component.values.setdefault(name, value)
        if rule is None:
            self.report(number, f"a property that is not allowed in {component.name}: {name}")
            return
        self._check_params(number, name, params, rule)
        if not rule.value.fullmatch(value):
            self.report(number, f"{name} has a wrong value: {value[:80]!r}")
        elif rule.value is _UTC and _instant(value) is None:
            self.report(number, f"{name} is no instant that exists: {value}")

    def _check_params(self, number: int, name: str, text: str, rule: _Rule) -> None:
        pairs = _PARAM.findall(text)
        given = dict(pairs)
        if len(given) != len(pairs):
            self.report(number, f"{name} has one parameter twice")
        for missing in rule.params.keys() - given.keys():
            self.report(number, f"{name} without the parameter {missing}")
        for param, value in given.items():
            if param not in rule.params:
                self.report(number, f"{name} has a parameter that is not allowed: {param}")
            elif not rule.params[param].fullmatch(value):
                self.report(number, f"{name} has a wrong {param}: {value[:80]!r}")
        if "LANGUAGE" in given:
            self._open[-1].languages.add(given["LANGUAGE"])

    def _check_event(self, event: _Component) -> None:
        value = event.values.get
        line = event.line
        uid = value("UID", "")
        if uid in self._uids:
            self.report(line, f"a second VEVENT with the UID {uid}")
        self._uids.add(uid)
        if len(event.languages) > 1:
            self.report(line, f"texts in several languages: {sorted(event.languages)}")
        if len(value("SEQUENCE", "")) > 10 or int(_digits(value("SEQUENCE", ""))) > _LARGEST_SEQUENCE:
            self.report(line, "SEQUENCE above the largest integer")
        start, end = _instant(value("DTSTART", "")), _instant(value("DTEND", ""))
        if start and end and end <= start:
            self.report(line, "DTEND is not after DTSTART")
        self._check_status(event)
        self._check_people(event)
        self._check_join_link(event)

    def _check_status(self, event: _Component) -> None:
        status = event.values.get("STATUS", "")
        if status != _STATUS_OF.get(self.shape, status):
            self.report(event.line, f"STATUS {status} in a {self.shape.value}")
        if event.values.get("TRANSP") != _TRANSP_OF.get(status):
            self.report(event.line, f"TRANSP does not go with STATUS {status}")
        if event.children > 1:
            self.report(event.line, "more than one reminder")
        if event.children and status == "CANCELLED":
            self.report(event.line, "a reminder of a cancelled meeting")
        if not event.children and self.shape is Shape.REQUEST:
            self.report(event.line, "an invitation without a reminder")

    def _check_people(self, event: _Component) -> None:
        organizer = event.values.get("ORGANIZER")
        if organizer and organizer == event.values.get("ATTENDEE"):
            self.report(event.line, "ORGANIZER and ATTENDEE are one person")

    def _check_join_link(self, event: _Component) -> None:
        link = event.values.get("CONFERENCE")
        if link is None:
            return
        first_line = event.values.get("DESCRIPTION", "").split("\\n", 1)[0]
        if first_line != link.replace(";", r"\;").replace(",", r"\,"):
            self.report(event.line, "the join link is not the first line of DESCRIPTION")

    def _check_calendar(self, calendar: _Component) -> None:
        mailed = self.shape in (Shape.REQUEST, Shape.CANCEL)
        if mailed and calendar.children != 1:
            self.report(calendar.line, f"{calendar.children} meetings in a {self.shape.value}")
        if self.shape is Shape.DOWNLOAD and not calendar.children:
            self.report(calendar.line, "a download without a meeting")
        is_feed = self.shape in (Shape.FEED, Shape.ALARM_FEED)
        if is_feed and calendar.values.get("NAME") != calendar.values.get("X-WR-CALNAME"):
            self.report(calendar.line, "NAME and X-WR-CALNAME differ")


def _digits(value: str) -> str:
    return value if re.fullmatch(r"[0-9]{1,10}", value) else "0"


def _instant(value: str) -> datetime | None:
    """The instant, or None where the form, the day, the hour or the year is wrong."""
    match = _UTC.fullmatch(value)
    if not match or int(match[1]) not in _YEARS:
        return None
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%S%z")
    except ValueError:
        return None
