"""Downloads, invitations and cancellations: their shapes, and the cases that broke other systems."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.files import cancel, download, request
from trainapp.calendar.text import UnsafeValue

Make = Callable[..., Entry]
Lines = Callable[[bytes], list[str]]
Values = Callable[[bytes, str], list[str]]
Unescaped = Callable[[str], str]


# The shapes


def test_a_download_reads_as_written(make_entry: Make, content_lines: Lines) -> None:
    assert content_lines(download([make_entry(sequence=3)])) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//International Bureau//trainapp//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        "SUMMARY;LANGUAGE=en:ST.26 for applicants",
        "DTSTART:20270220T090000Z",
        "DTEND:20270220T110000Z",
        "DTSTAMP:20261101T120000Z",
        "UID:7f3a9c21@trainings.example.org",
        "SEQUENCE:3",
        "CONFERENCE;FEATURE=AUDIO,VIDEO;VALUE=URI:https://meet.example.org/j/8841",
        r"DESCRIPTION;LANGUAGE=en:https://meet.example.org/j/8841\n10:00 Africa/Casablanca = 10:00 UTC",
        "LAST-MODIFIED:20261101T120000Z",
        "LOCATION;LANGUAGE=en:Online",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "URL:https://trainings.example.org/en/sessions/2027-ST26-EN-01",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION;LANGUAGE=en:ST.26 for applicants",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_a_request_names_the_organizer_and_one_attendee(
    make_entry: Make, mailed: dict[str, Any], content_lines: Lines
) -> None:
    lines = content_lines(request(make_entry(), **mailed))
    assert "METHOD:REQUEST" in lines
    assert 'ORGANIZER;CN="International Bureau":mailto:invite+k3y@trainings.example.org' in lines
    assert [line for line in lines if line.startswith("ATTENDEE")] == [
        'ATTENDEE;CN="Amina Otieno";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE'
        ":mailto:amina.otieno@office.example.org"
    ]
    assert "DTSTAMP:20261120T083000Z" in lines
    assert "LAST-MODIFIED:20261101T120000Z" in lines
    assert lines.count("BEGIN:VALARM") == 1


def test_a_cancellation_has_the_same_people_and_no_reminder(
    make_entry: Make, mailed: dict[str, Any], content_lines: Lines
) -> None:
    invited = content_lines(request(make_entry(), **mailed))
    cancelled = content_lines(cancel(make_entry(sequence=1), **mailed))
    people = [line for line in invited if line.startswith(("ORGANIZER", "ATTENDEE", "UID"))]
    assert len(people) == 3
    assert set(people) <= set(cancelled)
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "TRANSP:TRANSPARENT", "SEQUENCE:1"} <= set(cancelled)
    assert "BEGIN:VALARM" not in cancelled


def test_all_shapes_pass_the_check(make_entry: Make, mailed: dict[str, Any]) -> None:
    assert problems(download([make_entry(), make_entry(uid="second@example.org")]), Shape.DOWNLOAD) == []
    assert problems(request(make_entry(), **mailed), Shape.REQUEST) == []
    assert problems(cancel(make_entry(sequence=1), **mailed), Shape.CANCEL) == []


def test_each_shape_fails_the_check_of_every_other(make_entry: Make, mailed: dict[str, Any]) -> None:
    made = {
        Shape.DOWNLOAD: download([make_entry()]),
        Shape.REQUEST: request(make_entry(), **mailed),
        Shape.CANCEL: cancel(make_entry(), **mailed),
    }
    wrong = [(ours, other) for ours in made for other in Shape if other is not ours]
    assert len(wrong) == 12
    assert [pair for pair in wrong if not problems(made[pair[0]], pair[1])] == []


def test_a_download_without_reminder(make_entry: Make, values: Values) -> None:
    content = download([make_entry()], alarm=False)
    assert values(content, "TRIGGER") == []
    assert problems(content, Shape.DOWNLOAD) == []


def test_empty_texts_and_addresses_are_left_out(make_entry: Make, values: Values) -> None:
    content = download([make_entry(description="", location="", url="", conference_url="")], alarm=False)
    assert [values(content, name) for name in ("DESCRIPTION", "LOCATION", "URL", "CONFERENCE")] == [
        [],
        [],
        [],
        [],
    ]
    assert problems(content, Shape.DOWNLOAD) == []


def test_a_cancelled_meeting_in_a_download_is_marked(make_entry: Make, values: Values) -> None:
    content = download([make_entry(cancelled=True, cancelled_summary="Annulé : ST.26 for applicants")])
    assert values(content, "SUMMARY") == ["Annulé : ST.26 for applicants"]
    assert values(content, "STATUS") == ["CANCELLED"]
    assert values(content, "TRIGGER") == []
    assert problems(content, Shape.DOWNLOAD) == []


def test_a_repeat_is_byte_identical(make_entry: Make, mailed: dict[str, Any]) -> None:
    assert request(make_entry(), **mailed) == request(make_entry(), **mailed)
    assert download([make_entry()]) == download([make_entry()])


def test_no_time_zone_is_written(make_entry: Make, mailed: dict[str, Any]) -> None:
    start = datetime(2027, 2, 20, 10, 0, tzinfo=ZoneInfo("Africa/Casablanca"))
    entry = make_entry(starts_at=start, ends_at=start + timedelta(hours=2))
    for content in (download([entry]), request(entry, **mailed), cancel(entry, **mailed)):
        assert b"TZID" not in content
        assert b"VTIMEZONE" not in content


def test_the_join_link_stands_once_where_the_description_begins_with_it(make_entry: Make, values: Values) -> None:
    link = "https://meet.example.org/j/8841"
    content = download([make_entry(description=f"{link}\r\nBring your files.")], alarm=False)
    assert values(content, "DESCRIPTION") == [f"{link}\\nBring your files."]


def test_a_join_link_alone_is_the_whole_description(make_entry: Make, values: Values) -> None:
    content = download([make_entry(description="", conference_url="https://meet.example.org/a,b;c")], alarm=False)
    assert values(content, "DESCRIPTION") == [r"https://meet.example.org/a\,b\;c"]
    assert problems(content, Shape.DOWNLOAD) == []


# What is refused


def test_an_invitation_to_a_cancelled_meeting_is_refused(make_entry: Make, mailed: dict[str, Any]) -> None:
    with pytest.raises(UnsafeValue, match="cancelled"):
        request(make_entry(cancelled=True), **mailed)


def test_a_download_of_nothing_is_refused() -> None:
    with pytest.raises(UnsafeValue, match="without any entry"):
        download([])


def test_two_meetings_of_one_uid_are_refused(make_entry: Make) -> None:
    with pytest.raises(UnsafeValue, match="7f3a9c21"):
        download([make_entry(), make_entry()])


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": ""},
        {"uid": "a b"},
        {"uid": "٣@example.org"},
        {"uid": "a\r\nX:1"},
        {"uid": "a" * 256},
        {"sequence": -1},
        {"sequence": 2**31},
        {"language": ""},
        {"language": "EN;X=1"},
        {"summary": ""},
        {"summary": "\x00\u202e \r\n"},
        {"starts_at": datetime(2027, 2, 20, 9, 0)},
        {"ends_at": datetime(2027, 2, 20, 11, 0)},
        {"revised_at": datetime(2027, 2, 20, 11, 0)},
        {"ends_at": datetime(2027, 2, 20, 9, 0, tzinfo=UTC)},
        {"ends_at": datetime(2027, 2, 20, 9, 0, 0, 999_999, tzinfo=UTC)},
        {"ends_at": datetime(2027, 2, 20, 9, 30, tzinfo=timezone(timedelta(hours=2)))},
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_right_is_refused(make_entry: Make, changes: dict[str, Any]) -> None:
    with pytest.raises(UnsafeValue):
        make_entry(**changes)


def test_a_stamp_without_a_zone_is_refused(make_entry: Make, mailed: dict[str, Any]) -> None:
    with pytest.raises(UnsafeValue, match="without a zone"):
        request(make_entry(), **{**mailed, "dtstamp": datetime(2026, 11, 20)})


@pytest.mark.parametrize("name", ["url", "conference_url"])
@pytest.mark.parametrize("tail", ["\r\nATTACH:x", "\n", "\r", " x", "\x00", "\u2028", "٣"])
def test_an_unsafe_address_of_a_page_is_refused(make_entry: Make, name: str, tail: str) -> None:
    with pytest.raises(UnsafeValue):
        download([make_entry(**{name: f"https://example.org/{tail}"})])


def test_an_unsafe_mail_address_is_refused(make_entry: Make, mailed: dict[str, Any]) -> None:
    with pytest.raises(UnsafeValue, match="not an e-mail address"):
        request(make_entry(), **{**mailed, "attendee": Party("Eve", "eve@example.org\r\nATTACH:x")})


# Texts that broke other systems


def test_crlf_in_a_title_injects_no_property(make_entry: Make, values: Values) -> None:
    content = download([make_entry(summary="Title\r\nATTACH:https://evil.example.org/x")])
    assert values(content, "ATTACH") == []
    assert values(content, "SUMMARY") == ["Title ATTACH:https://evil.example.org/x"]
    assert problems(content, Shape.DOWNLOAD) == []


def test_a_lone_cr_ends_no_line(make_entry: Make, values: Values) -> None:
    content = download([make_entry(description="one\rATTACH:two", conference_url="")], alarm=False)
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert values(content, "DESCRIPTION") == ["one\\nATTACH:two"]


def test_end_vevent_in_a_description_ends_no_event(make_entry: Make, content_lines: Lines) -> None:
    content = download([make_entry(description="END:VEVENT\nEND:VCALENDAR\nBEGIN:VEVENT")])
    assert content_lines(content).count("END:VEVENT") == 1
    assert problems(content, Shape.DOWNLOAD) == []


def test_a_hostile_name_sets_no_role(make_entry: Make, mailed: dict[str, Any], content_lines: Lines) -> None:
    hostile = Party('x";ROLE=CHAIR:mailto:evil@x', "reader@example.org")
    content = request(make_entry(), **{**mailed, "attendee": hostile})
    assert [line for line in content_lines(content) if line.startswith("ATTENDEE")] == [
        'ATTENDEE;CN="x\',ROLE=CHAIR:mailto:evil@x";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE'
        ":mailto:reader@example.org"
    ]
    assert problems(content, Shape.REQUEST) == []


def test_a_name_of_controls_only_gives_way_to_the_address(
    make_entry: Make, mailed: dict[str, Any], content_lines: Lines
) -> None:
    content = request(make_entry(), **{**mailed, "attendee": Party("\x00\u202e", "reader@example.org")})
    assert any(line.startswith("ATTENDEE;CN=reader@example.org;") for line in content_lines(content))
    assert problems(content, Shape.REQUEST) == []


@pytest.mark.parametrize("mark", ["\x00", "\x07", "\v", "\x85", "\u2028", "\u2029", "\ud83d", "\u202e"])
def test_no_character_that_breaks_readers_is_written(make_entry: Make, mailed: dict[str, Any], mark: str) -> None:
    text = f"before{mark}after"
    entry = make_entry(summary=text, description=text, location=text)
    content = request(entry, **{**mailed, "attendee": Party(text, "reader@example.org")})
    assert mark not in content.decode("utf-8")
    assert problems(content, Shape.REQUEST) == []


def test_a_backslash_before_n_stays_text(make_entry: Make, values: Values, unescaped: Unescaped) -> None:
    content = download([make_entry(summary=r"C:\New \n \\N", description=r"C:\New", conference_url="")], alarm=False)
    assert values(content, "SUMMARY") == [r"C:\\New \\n \\\\N"]
    assert unescaped(values(content, "SUMMARY")[0]) == r"C:\New \n \\N"
    assert unescaped(values(content, "DESCRIPTION")[0]) == r"C:\New"


def test_four_hundred_arabic_letters_fold_between_letters(make_entry: Make, values: Values) -> None:
    text = "ندوةعبرالإنترنت" * 27
    assert len(text) > 400
    content = download([make_entry(language="ar", summary=text)])
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert all(line.decode("utf-8") is not None for line in content.split(b"\r\n"))
    assert values(content, "SUMMARY") == [text]


@pytest.mark.parametrize("shift", range(12))
def test_a_joined_emoji_at_the_fold_comes_back_whole(make_entry: Make, values: Values, shift: int) -> None:
    text = "x" * (44 + shift) + "👩‍💻👨‍👩‍👧"
    content = download([make_entry(summary=text)])
    assert values(content, "SUMMARY") == [text]
    assert problems(content, Shape.DOWNLOAD) == []


def test_arabic_digits_stay_in_texts_only(make_entry: Make, content_lines: Lines) -> None:
    content = download([make_entry(language="ar", sequence=int("٣"), summary="الاجتماع ٣ من ٥")])
    with_digits = [line.split(";")[0] for line in content_lines(content) if set(line) & set("٠١٢٣٤٥٦٧٨٩")]
    assert with_digits == ["SUMMARY", "DESCRIPTION"]
    assert "SEQUENCE:3" in content_lines(content)


def test_a_feature_list_is_not_quoted_as_one(make_entry: Make) -> None:
    assert b'FEATURE="' not in download([make_entry()])


# Times


def test_a_wall_time_that_does_not_exist_is_refused(make_entry: Make) -> None:
    skipped = datetime(2027, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Zurich"))
    with pytest.raises(UnsafeValue, match="does not exist"):
        make_entry(starts_at=skipped, ends_at=skipped + timedelta(hours=4))


def test_both_passages_of_a_repeated_hour_are_kept_apart(make_entry: Make, values: Values) -> None:
    starts = []
    for fold in (0, 1):
        start = datetime(2027, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Zurich"), fold=fold)
        starts += values(
            download([make_entry(starts_at=start, ends_at=datetime(2027, 10, 31, 4, tzinfo=UTC))]), "DTSTART"
        )
    assert starts == ["20271031T003000Z", "20271031T013000Z"]


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        ("2027-03-27T23:00", "2027-03-28T01:00", ["20270327T220000Z", "20270328T000000Z"]),
        ("2027-03-28T01:00", "2027-03-28T04:00", ["20270328T000000Z", "20270328T020000Z"]),
        ("2027-10-31T01:00", "2027-10-31T04:00", ["20271030T230000Z", "20271031T030000Z"]),
    ],
    ids=["over midnight", "over the spring change", "over the autumn change"],
)
def test_a_meeting_that_crosses_a_boundary(
    make_entry: Make, values: Values, start: str, end: str, written: list[str]
) -> None:
    zone = ZoneInfo("Europe/Zurich")
    starts_at = datetime.fromisoformat(start).replace(tzinfo=zone)
    content = download([make_entry(starts_at=starts_at, ends_at=datetime.fromisoformat(end).replace(tzinfo=zone))])
    assert values(content, "DTSTART") + values(content, "DTEND") == written


# Changes


def test_cancelling_the_second_of_three_leaves_the_others_byte_identical(
    make_entry: Make, mailed: dict[str, Any]
) -> None:
    meetings = [make_entry(uid=f"meeting-{number}@example.org") for number in (1, 2, 3)]
    before = [download([meeting]) for meeting in meetings]
    meetings[1] = replace(meetings[1], sequence=1, cancelled=True, cancelled_summary="Cancelled: ST.26")
    after = [download([meeting]) for meeting in meetings]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert problems(cancel(meetings[1], **mailed), Shape.CANCEL) == []


def test_a_change_of_language_keeps_uid_and_sequence(make_entry: Make, mailed: dict[str, Any], values: Values) -> None:
    english = request(make_entry(sequence=2), **mailed)
    arabic = request(make_entry(sequence=2, language="ar", summary="المعيار ST.26"), **mailed)
    assert english != arabic
    assert [values(english, name) for name in ("UID", "SEQUENCE")] == [values(arabic, n) for n in ("UID", "SEQUENCE")]
