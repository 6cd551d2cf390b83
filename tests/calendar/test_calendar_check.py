"""The strict check finds each planted fault, and says which it is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry
from trainapp.calendar.feeds import block, feed
from trainapp.calendar.files import cancel, download, request

Make = Callable[..., Entry]


class Fault(NamedTuple):
    """A change of a right file, and what the check says of it."""

    shape: Shape
    old: bytes
    new: bytes
    said: str


DOWNLOAD, REQUEST, CANCEL, FEED = Shape.DOWNLOAD, Shape.REQUEST, Shape.CANCEL, Shape.FEED
ATTENDEE_END = b"PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=T\r\n RUE:mailto:reader@example.org\r\n"
EVENT = b"BEGIN:VEVENT\r\n"
ALARM = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION;LANGUAGE=en:Title\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"

FAULTS: dict[str, Fault] = {
    # bytes and lines
    "LF alone": Fault(DOWNLOAD, b"CALSCALE:GREGORIAN\r\n", b"CALSCALE:GREGORIAN\n", "not a line end CRLF"),
    "CR alone": Fault(DOWNLOAD, b"CALSCALE:GREGORIAN\r\n", b"CALSCALE:GREGORIAN\r", "not a line end CRLF"),
    "no last line end": Fault(DOWNLOAD, b"END:VCALENDAR\r\n", b"END:VCALENDAR", "does not end with CRLF"),
    "last line end is LF": Fault(DOWNLOAD, b"END:VCALENDAR\r\n", b"END:VCALENDAR\n", "does not end with CRLF"),
    "line of 76 octets": Fault(DOWNLOAD, b":Online", b":" + b"x" * 55, "a line of 76 octets"),
    "line of 75 characters": Fault(DOWNLOAD, b":Online", b":" + "é".encode() * 40, "a line of 101 octets"),
    "fold inside a character": Fault(DOWNLOAD, b":Online", b":\xd8\r\n \xa7", "not valid UTF-8 by itself"),
    "Latin-1": Fault(DOWNLOAD, b":Online", b":Gen\xe8ve", "not valid UTF-8"),
    "encoded surrogate": Fault(DOWNLOAD, b":Online", b":\xed\xa0\x80", "not valid UTF-8"),
    "empty line": Fault(DOWNLOAD, EVENT, b"\r\n" + EVENT, "an empty line"),
    "empty continuation": Fault(DOWNLOAD, b":Online\r\n", b":Online\r\n \r\n", "an empty line"),
    "fold with a tab": Fault(DOWNLOAD, b":Online", b":On\r\n\tline", "not a content line"),
    "byte order mark": Fault(DOWNLOAD, b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR", "a control"),
    "NUL": Fault(DOWNLOAD, b"Online", b"On\x00line", "a control"),
    "VT": Fault(DOWNLOAD, b"Online", b"On\x0bline", "a control"),
    "NEL": Fault(DOWNLOAD, b"Online", b"On\xc2\x85line", "a control"),
    "tab": Fault(DOWNLOAD, b"Online", b"On\tline", "a control"),
    "line separator": Fault(DOWNLOAD, b"Online", "On\u2028line".encode(), "line separator"),
    "bidi override": Fault(DOWNLOAD, b"Online", "On\u202eline".encode(), "bidirectional override"),
    "bidi isolate": Fault(DOWNLOAD, b"Online", "On\u2066line".encode(), "bidirectional override"),
    # structure
    "nothing": Fault(DOWNLOAD, b"BEGIN", b"", "0 calendars"),
    "no colon": Fault(DOWNLOAD, b"STATUS:CONFIRMED", b"STATUS", "not a content line"),
    "lower case": Fault(DOWNLOAD, b"STATUS:", b"status:", "not a content line"),
    "space before a parameter": Fault(DOWNLOAD, b";LANGUAGE=en:Online", b"; LANGUAGE=en:Online", "not a content line"),
    "open quotation mark": Fault(REQUEST, b'"The Reader"', b'"The Reader', "not a content line"),
    "no BEGIN:VCALENDAR": Fault(DOWNLOAD, b"BEGIN:VCALENDAR\r\n", b"", "outside a calendar"),
    "no END:VCALENDAR": Fault(DOWNLOAD, b"END:VCALENDAR\r\n", b"", "VCALENDAR without an END"),
    "no END:VEVENT": Fault(DOWNLOAD, b"END:VEVENT\r\n", b"", "matches no BEGIN"),
    "two calendars": Fault(DOWNLOAD, b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\nBEGIN:VCALENDAR\r\n", "2 calendars"),
    "event in an event": Fault(DOWNLOAD, EVENT, EVENT + EVENT, "VEVENT in VEVENT"),
    "alarm outside": Fault(DOWNLOAD, EVENT, ALARM + EVENT, "VALARM in VCALENDAR"),
    "time zone": Fault(DOWNLOAD, EVENT, b"BEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\n" + EVENT, "not allowed: VTIMEZONE"),
    "to-do": Fault(DOWNLOAD, b"VEVENT", b"VTODO", "not allowed: VTODO"),
    "parameter of BEGIN": Fault(DOWNLOAD, EVENT, b"BEGIN;X=1:VEVENT\r\n", "not allowed: VEVENT;X=1"),
    "parameter of END": Fault(DOWNLOAD, b"END:VEVENT", b"END;X=1:VEVENT", "matches no BEGIN: VEVENT;X=1"),
    "property after an event": Fault(
        DOWNLOAD, b"END:VCALENDAR", b"METHOD:PUBLISH\r\nEND:VCALENDAR", "after a component"
    ),
    "property after an alarm": Fault(
        DOWNLOAD, b"END:VALARM\r\n", b"END:VALARM\r\nPRIORITY:1\r\n", "PRIORITY after a component"
    ),
    # the calendar
    "another PRODID": Fault(DOWNLOAD, b"Bureau//", b"Office//", "PRODID has a wrong value"),
    "no PRODID": Fault(DOWNLOAD, b"PRODID:-//International Bureau//trainapp//EN\r\n", b"", "without PRODID"),
    "another version": Fault(DOWNLOAD, b"VERSION:2.0", b"VERSION:1.0", "VERSION has a wrong value"),
    "no version": Fault(DOWNLOAD, b"VERSION:2.0\r\n", b"", "VCALENDAR without VERSION"),
    "another calendar scale": Fault(DOWNLOAD, b"GREGORIAN", b"HIJRI", "CALSCALE has a wrong value"),
    "METHOD in a download": Fault(DOWNLOAD, EVENT, b"METHOD:PUBLISH\r\n" + EVENT, "not allowed in VCALENDAR: METHOD"),
    "METHOD in a feed": Fault(FEED, EVENT, b"METHOD:PUBLISH\r\n" + EVENT, "not allowed in VCALENDAR: METHOD"),
    "REQUEST without METHOD": Fault(REQUEST, b"METHOD:REQUEST\r\n", b"", "VCALENDAR without METHOD"),
    "REQUEST that says PUBLISH": Fault(REQUEST, b"METHOD:REQUEST", b"METHOD:PUBLISH", "METHOD has a wrong value"),
    "CANCEL that says REQUEST": Fault(CANCEL, b"METHOD:CANCEL", b"METHOD:REQUEST", "METHOD has a wrong value"),
    "METHOD twice": Fault(REQUEST, b"METHOD:REQUEST\r\n", b"METHOD:REQUEST\r\nMETHOD:REQUEST\r\n", "a second METHOD"),
    "feed without a name": Fault(FEED, b"X-WR-CALNAME:All\r\n", b"", "VCALENDAR without X-WR-CALNAME"),
    "feed of two names": Fault(FEED, b"X-WR-CALNAME:All", b"X-WR-CALNAME:Some", "X-WR-CALNAME differ"),
    "feed without a source": Fault(FEED, b"SOURCE;VALUE=URI:https://example.org/all.ics\r\n", b"", "without SOURCE"),
    "source without VALUE": Fault(FEED, b"SOURCE;VALUE=URI", b"SOURCE", "SOURCE without the parameter VALUE"),
    "interval of no type": Fault(FEED, b";VALUE=DURATION", b"", "REFRESH-INTERVAL without the parameter VALUE"),
    "other interval": Fault(FEED, b"PUBLISHED-TTL:PT1H", b"PUBLISHED-TTL:PT1M", "X-PUBLISHED-TTL has a wrong value"),
    # the event
    "no UID": Fault(DOWNLOAD, b"UID:one@example.org\r\n", b"", "VEVENT without UID"),
    "empty UID": Fault(DOWNLOAD, b"UID:one@example.org", b"UID:", "UID has a wrong value"),
    "UID with a space": Fault(DOWNLOAD, b"UID:one@", b"UID:o ne@", "UID has a wrong value"),
    "one UID for two": Fault(DOWNLOAD, b"UID:two@", b"UID:one@", "a second VEVENT with the UID"),
    "no DTSTAMP": Fault(DOWNLOAD, b"DTSTAMP:20261101T120000Z\r\n", b"", "VEVENT without DTSTAMP"),
    "two DTSTAMP": Fault(DOWNLOAD, b"DTSTAMP:", b"DTSTAMP:20261101T120000Z\r\nDTSTAMP:", "a second DTSTAMP"),
    "DTSTAMP without Z": Fault(DOWNLOAD, b"STAMP:20261101T120000Z", b"STAMP:20261101T120000", "DTSTAMP has a wrong"),
    "no LAST-MODIFIED": Fault(DOWNLOAD, b"LAST-MODIFIED:20261101T120000Z\r\n", b"", "without LAST-MODIFIED"),
    "no SEQUENCE": Fault(DOWNLOAD, b"SEQUENCE:7\r\n", b"", "VEVENT without SEQUENCE"),
    "negative SEQUENCE": Fault(DOWNLOAD, b"SEQUENCE:7", b"SEQUENCE:-1", "SEQUENCE has a wrong value"),
    "Arabic digits in SEQUENCE": Fault(DOWNLOAD, b"SEQUENCE:7", "SEQUENCE:٧".encode(), "SEQUENCE has a wrong value"),
    "zero before SEQUENCE": Fault(DOWNLOAD, b"SEQUENCE:7", b"SEQUENCE:07", "SEQUENCE has a wrong value"),
    "great SEQUENCE": Fault(DOWNLOAD, b"SEQUENCE:7", b"SEQUENCE:2147483648", "above the largest integer"),
    "greater SEQUENCE": Fault(DOWNLOAD, b"SEQUENCE:7", b"SEQUENCE:10000000000", "above the largest integer"),
    "no DTSTART": Fault(DOWNLOAD, b"DTSTART:20270220T090000Z\r\n", b"", "VEVENT without DTSTART"),
    "no DTEND": Fault(DOWNLOAD, b"DTEND:20270220T110000Z\r\n", b"", "VEVENT without DTEND"),
    "DURATION for DTEND": Fault(
        DOWNLOAD, b"DTEND:20270220T110000Z", b"DURATION:PT2H", "not allowed in VEVENT: DURATION"
    ),
    "start in a zone": Fault(
        DOWNLOAD,
        b"DTSTART:20270220T090000Z",
        b"DTSTART;TZID=Africa/Casablanca:20270220T090000",
        "not allowed: TZID",
    ),
    "floating start": Fault(DOWNLOAD, b"START:20270220T090000Z", b"START:20270220T090000", "DTSTART has a wrong value"),
    "date for a start": Fault(DOWNLOAD, b"START:20270220T090000Z", b"START:20270220", "DTSTART has a wrong value"),
    "Arabic digits in a start": Fault(
        DOWNLOAD, b"START:20270220T090000Z", "START:٢٠٢٧٠٢٢٠T090000Z".encode(), "DTSTART has a wrong value"
    ),
    "30 February": Fault(DOWNLOAD, b"START:20270220", b"START:20270230", "no instant that exists"),
    "24:00": Fault(DOWNLOAD, b"START:20270220T09", b"START:20270220T24", "no instant that exists"),
    "Hijri year": Fault(DOWNLOAD, b"START:20270220", b"START:14480220", "no instant that exists"),
    "Buddhist year": Fault(DOWNLOAD, b"DTEND:20270220", b"DTEND:25700220", "no instant that exists"),
    "end before start": Fault(DOWNLOAD, b"DTEND:20270220T11", b"DTEND:20270220T08", "DTEND is not after DTSTART"),
    "end at start": Fault(DOWNLOAD, b"DTEND:20270220T11", b"DTEND:20270220T09", "DTEND is not after DTSTART"),
    "no SUMMARY": Fault(DOWNLOAD, b"SUMMARY;LANGUAGE=en:Title\r\n", b"", "VEVENT without SUMMARY"),
    "empty SUMMARY": Fault(
        DOWNLOAD, b"SUMMARY;LANGUAGE=en:Title", b"SUMMARY;LANGUAGE=en:", "SUMMARY has a wrong value"
    ),
    "SUMMARY in no language": Fault(DOWNLOAD, b"SUMMARY;LANGUAGE=en", b"SUMMARY", "without the parameter LANGUAGE"),
    "wrong language tag": Fault(DOWNLOAD, b"SUMMARY;LANGUAGE=en", b"SUMMARY;LANGUAGE=en_GB", "wrong LANGUAGE"),
    "languages mixed": Fault(DOWNLOAD, b"SUMMARY;LANGUAGE=en", b"SUMMARY;LANGUAGE=fr", "texts in several languages"),
    "two SUMMARY": Fault(DOWNLOAD, b"SUMMARY;", b"SUMMARY;LANGUAGE=fr:Titre\r\nSUMMARY;", "a second SUMMARY"),
    "bare comma": Fault(DOWNLOAD, b":Online", b":Room 1, Geneva", "LOCATION has a wrong value"),
    "bare semicolon": Fault(DOWNLOAD, b":Online", b":Room 1; Geneva", "LOCATION has a wrong value"),
    "unknown escape": Fault(DOWNLOAD, b":Online", rb":C:\temp", "LOCATION has a wrong value"),
    "capital N escape": Fault(DOWNLOAD, b":Online", rb":C:\New", "LOCATION has a wrong value"),
    "backslash at the end": Fault(DOWNLOAD, b":Online", b":Online\\", "LOCATION has a wrong value"),
    "parameter twice": Fault(DOWNLOAD, b"SUMMARY;", b"SUMMARY;LANGUAGE=en;", "SUMMARY has one parameter twice"),
    "ALTREP": Fault(DOWNLOAD, b"SUMMARY;", b'SUMMARY;ALTREP="cid:x";', "not allowed: ALTREP"),
    "attachment": Fault(DOWNLOAD, b"STATUS:", b"ATTACH:https://x.example\r\nSTATUS:", "not allowed in VEVENT: ATTACH"),
    "recurrence": Fault(DOWNLOAD, b"STATUS:", b"RRULE:FREQ=DAILY\r\nSTATUS:", "not allowed in VEVENT: RRULE"),
    "recurrence dates": Fault(DOWNLOAD, b"STATUS:", b"RDATE:20270221T090000Z\r\nSTATUS:", "in VEVENT: RDATE"),
    "vendor property": Fault(DOWNLOAD, b"STATUS:", b"X-ALT-DESC:x\r\nSTATUS:", "not allowed in VEVENT: X-ALT-DESC"),
    "URL that runs": Fault(DOWNLOAD, b"URL:https://", b"URL:javascript:", "URL has a wrong value"),
    "URL with a space": Fault(DOWNLOAD, b"URL:https://", b"URL:https:// ", "URL has a wrong value"),
    "Arabic digits in a URL": Fault(DOWNLOAD, b"/sessions/1", "/sessions/١".encode(), "URL has a wrong value"),
    "FEATURE quoted as one": Fault(DOWNLOAD, b"=AUDIO,VIDEO", b'="AUDIO,VIDEO"', "CONFERENCE has a wrong FEATURE"),
    "CONFERENCE without VALUE": Fault(DOWNLOAD, b";VALUE=URI", b"", "CONFERENCE without the parameter VALUE"),
    "join link not in the text": Fault(DOWNLOAD, b"en:https://meet.example.org/1\\n", b"en:", "not the first line"),
    "another link in the text": Fault(
        DOWNLOAD, b"en:https://meet.example.org/1", b"en:https://x.example", "not the first"
    ),
    "no STATUS": Fault(DOWNLOAD, b"STATUS:CONFIRMED\r\n", b"", "VEVENT without STATUS"),
    "STATUS TENTATIVE": Fault(DOWNLOAD, b"STATUS:CONFIRMED", b"STATUS:TENTATIVE", "STATUS has a wrong value"),
    "cancelled and busy": Fault(FEED, b"STATUS:CONFIRMED", b"STATUS:CANCELLED", "TRANSP does not go with"),
    "confirmed and free": Fault(FEED, b"TRANSP:OPAQUE", b"TRANSP:TRANSPARENT", "TRANSP does not go with"),
    "invitation to what is cancelled": Fault(REQUEST, b"CONFIRMED", b"CANCELLED", "STATUS CANCELLED in a request"),
    "cancellation of what stands": Fault(CANCEL, b"CANCELLED", b"CONFIRMED", "STATUS CONFIRMED in a cancel"),
    "reminder of what is cancelled": Fault(
        DOWNLOAD,
        b"STATUS:CONFIRMED\r\nTRANSP:OPAQUE",
        b"STATUS:CANCELLED\r\nTRANSP:TRANSPARENT",
        "reminder of a cancelled",
    ),
    # people
    "ATTENDEE in a download": Fault(DOWNLOAD, b"STATUS:", b"ATTENDEE:mailto:a@b.org\r\nSTATUS:", "in VEVENT: ATTENDEE"),
    "ORGANIZER in a feed": Fault(FEED, b"STATUS:", b"ORGANIZER:mailto:a@b.org\r\nSTATUS:", "in VEVENT: ORGANIZER"),
    "no ORGANIZER": Fault(REQUEST, b"ORGANIZER;CN=Bureau:mailto:invite@example.org\r\n", b"", "without ORGANIZER"),
    "no ATTENDEE": Fault(REQUEST, b'ATTENDEE;CN="The Reader";' + ATTENDEE_END, b"", "VEVENT without ATTENDEE"),
    "two ATTENDEE": Fault(
        REQUEST, b"ATTENDEE;", b"ATTENDEE;CN=Other;" + ATTENDEE_END + b"ATTENDEE;", "a second ATTENDEE"
    ),
    "no ATTENDEE in a CANCEL": Fault(CANCEL, b'ATTENDEE;CN="The Reader";' + ATTENDEE_END, b"", "without ATTENDEE"),
    "attendee is the organizer": Fault(REQUEST, b"mailto:reader@", b"mailto:invite@", "are one person"),
    "address without mailto": Fault(REQUEST, b"mailto:reader@", b"reader@", "ATTENDEE has a wrong value"),
    "address of no domain": Fault(REQUEST, b":reader@example.org", b":reader", "ATTENDEE has a wrong value"),
    "name with a raw caret": Fault(REQUEST, b"The Reader", b"The^Reader", "ATTENDEE has a wrong CN"),
    "name with a semicolon": Fault(REQUEST, b"The Reader", b"x;ROLE=CHAIR", "ATTENDEE has a wrong CN"),
    "no name": Fault(REQUEST, b'CN="The Reader";', b"", "ATTENDEE without the parameter CN"),
    "no RSVP": Fault(REQUEST, b";RSVP=T\r\n RUE", b"", "ATTENDEE without the parameter RSVP"),
    "RSVP false": Fault(REQUEST, b"RSVP=T\r\n RUE", b"RSVP=FALSE", "ATTENDEE has a wrong RSVP"),
    "already accepted": Fault(REQUEST, b"=NEEDS-ACTION", b"=ACCEPTED", "ATTENDEE has a wrong PARTSTAT"),
    "chair": Fault(REQUEST, b"ROLE=REQ-PARTICIPANT", b"ROLE=CHAIR", "ATTENDEE has a wrong ROLE"),
    "two meetings in one mail": Fault(
        REQUEST, b"END:VEVENT\r\n", b"END:VEVENT\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n", "2 meetings"
    ),
    # the reminder
    "invitation without a reminder": Fault(REQUEST, ALARM, b"", "an invitation without a reminder"),
    "reminder in a cancellation": Fault(CANCEL, b"END:VEVENT", ALARM + b"END:VEVENT", "not allowed: VALARM"),
    "reminder in a feed": Fault(FEED, b"END:VEVENT", ALARM + b"END:VEVENT", "not allowed: VALARM"),
    "two reminders": Fault(DOWNLOAD, b"END:VEVENT", ALARM + b"END:VEVENT", "more than one reminder"),
    "reminder that mails": Fault(DOWNLOAD, b"ACTION:DISPLAY", b"ACTION:EMAIL", "ACTION has a wrong value"),
    "reminder without a time": Fault(DOWNLOAD, b"TRIGGER:-PT15M\r\n", b"", "VALARM without TRIGGER"),
    "reminder afterwards": Fault(DOWNLOAD, b"TRIGGER:-PT15M", b"TRIGGER:PT15M", "TRIGGER has a wrong value"),
    "reminder without a text": Fault(
        DOWNLOAD, ALARM, ALARM.replace(b"DESCRIPTION;LANGUAGE=en:Title\r\n", b""), "VALARM without DESC"
    ),
}


@pytest.fixture(scope="module")
def right_files(make_entry: Make, mailed: dict[str, Any]) -> dict[Shape, bytes]:
    """One right file of every shape."""
    first = make_entry(
        uid="one@example.org",
        sequence=7,
        summary="Title",
        url="https://example.org/sessions/1",
        conference_url="https://meet.example.org/1",
    )
    second = make_entry(uid="two@example.org")
    people = {
        **mailed,
        "organizer": type(mailed["organizer"])("Bureau", "invite@example.org"),
        "attendee": type(mailed["attendee"])("The Reader", "reader@example.org"),
    }
    blocks = [block(first, public=True), block(second, public=True)]
    ringing = [block(first, public=False, alarm=True), block(replace(second, cancelled=True), public=False, alarm=True)]
    header = {"name": "All", "language": "en", "source_url": "https://example.org/all.ics"}
    return {
        DOWNLOAD: download([first, second]),
        REQUEST: request(first, **people),
        CANCEL: cancel(first, **people),
        FEED: feed(blocks, **header),
        Shape.ALARM_FEED: feed(ringing, **header),
    }


@pytest.mark.parametrize("shape", Shape)
def test_the_files_to_plant_faults_in_are_right(right_files: dict[Shape, bytes], shape: Shape) -> None:
    assert problems(right_files[shape], shape) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(right_files: dict[Shape, bytes], name: str) -> None:
    fault = FAULTS[name]
    right = right_files[fault.shape]
    broken = right.replace(fault.old, fault.new, 1)
    assert broken != right, "the fault was not planted"
    found = problems(broken, fault.shape)
    assert any(fault.said in problem for problem in found), found


def test_an_empty_file_is_no_file() -> None:
    for shape in Shape:
        assert "line 1: 0 calendars in one file" in problems(b"", shape)


def test_a_download_without_a_meeting_is_found(right_files: dict[Shape, bytes]) -> None:
    content = right_files[DOWNLOAD]
    empty = content[: content.index(EVENT)] + b"END:VCALENDAR\r\n"
    assert problems(empty, DOWNLOAD) == ["line 1: a download without a meeting"]


def test_a_problem_names_its_line(right_files: dict[Shape, bytes]) -> None:
    broken = right_files[DOWNLOAD].replace(b"VERSION:2.0", b"VERSION:1.0")
    assert problems(broken, DOWNLOAD) == ["line 2: VERSION has a wrong value: '1.0'"]


def test_every_line_of_a_request_matters(right_files: dict[Shape, bytes]) -> None:
    """No line but the three a meeting may lack can be lost without the check noticing."""
    lines = right_files[REQUEST].split(b"\r\n ")
    content = b"\0".join(lines).split(b"\r\n")[:-1]
    unnoticed = []
    for index, line in enumerate(content):
        rest = b"".join(kept + b"\r\n" for kept in content[:index] + content[index + 1 :])
        if not problems(rest.replace(b"\0", b"\r\n "), REQUEST):
            unnoticed.append(line.split(b":")[0].split(b";")[0])
    assert unnoticed == [b"CONFERENCE", b"LOCATION", b"URL"]
