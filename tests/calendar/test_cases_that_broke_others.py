"""Every case known to have broken calendars of other systems, each by name; some of them through the whole product."""

import ast
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.course import Course
from tests.support.plain_bytes import plain_faults
from tests.support.stopped_clock import StoppedClock
from tests.support.world import World
from trainapp.calendar.check import Shape, problems
from trainapp.core.errors import Conflict
from trainapp.core.walltime import SkippedTime
from trainapp.mail.delivery import claim
from trainapp.mail.resending import send_again
from trainapp.registrations import service
from trainapp.registrations.changes import Change, MeetingWish, SessionAct
from trainapp.registrations.own_details import OwnDetails, change_details
from trainapp.scheduling.plans import MeetingPlan
from trainapp.scheduling.trainer_feed import stop_feed

TESTS = Path(__file__).parents[1]
FILES = "calendar/test_calendar_files.py"
FEEDS = "scheduling/test_calendar.py"
REPLIES = "registrations/test_replies.py"
HERE = "calendar/test_cases_that_broke_others.py"
CASES = {
    "CRLF in a title injects ATTACH": (FILES, "test_crlf_in_a_title_injects_no_property"),
    "a lone CR": (FILES, "test_a_lone_cr_ends_no_line"),
    "END:VEVENT in a description": (FILES, "test_end_vevent_in_a_description_ends_no_event"),
    'CN x";ROLE=CHAIR:mailto:evil@x': (FILES, "test_a_hostile_name_sets_no_role"),
    "NUL, BEL, VT, NEL, U+2028, a lone surrogate, U+202E": (
        FILES,
        "test_no_character_that_breaks_readers_is_written",
    ),
    "C:\\New": (FILES, "test_a_backslash_before_n_stays_text"),
    "400 Arabic letters": (FILES, "test_four_hundred_arabic_letters_fold_between_letters"),
    "a ZWJ emoji at octets 72–76": (FILES, "test_a_joined_emoji_at_the_fold_comes_back_whole"),
    "Casablanca 20 Feb 2027, Zurich 28 Mar 2027 03:15, 31 Oct 2027 02:30 twice": (
        HERE,
        "test_a_wall_time_reaches_every_file_as_its_instant",
    ),
    "Zurich 28 Mar 2027 02:30 does not exist": (HERE, "test_a_wall_time_that_the_clocks_skip_is_refused"),
    "a meeting crossing midnight or a change of clocks": (FILES, "test_a_meeting_that_crosses_a_boundary"),
    "Arabic-Indic digits under the locale ar": (HERE, "test_no_digit_of_a_language_leaks_into_a_file"),
    "cancel meeting 2 of 3": (HERE, "test_cancelling_meeting_2_of_3_is_one_message_and_leaves_the_others_alone"),
    "an older REQUEST after a newer": (HERE, "test_an_older_request_never_comes_after_a_newer"),
    "two edits and a resend in one second": (HERE, "test_two_edits_and_a_resend_in_one_second_stay_in_order"),
    "a forged or 5 MB REPLY": (
        REPLIES,
        "test_what_is_forged_foreign_garbled_or_too_large_goes_to_people_and_changes_nothing",
    ),
    "a stale REPLY": (REPLIES, "test_an_answer_to_what_was_before_a_move_does_not_count_for_what_is_after"),
    "a duplicate REPLY": (REPLIES, "test_a_no_to_one_meeting_asks_once_and_never_frees_the_seat"),
    "feed: 304 when unchanged": (FEEDS, "test_the_feed_answers_as_calendar_programs_ask"),
    "feed: new ETag on a change of language or a cancel": (HERE, "test_the_feed_has_a_new_tag_when_it_says_else"),
    "feed: revoked token 404": (HERE, "test_a_feed_whose_address_was_taken_away_is_not_there"),
    "feed: no e-mail addresses or join links": (HERE, "test_the_public_feed_names_nobody_and_no_way_in"),
    "a participant who changes language in mid-course": (
        HERE,
        "test_a_change_of_language_in_mid_course_says_anew_what_is_to_come",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_case_has_its_test(case: str) -> None:
    path, name = CASES[case]
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StoppedClock:
    """The first days of 2027, whatever year these tests are run in."""
    return StoppedClock(monkeypatch, datetime(2027, 1, 4, 8, 0, 0, tzinfo=UTC))


@pytest.fixture
def course(app: Flask, world: World) -> Course:
    return Course(app, world)


def on(day: date, start: time, end: time, number: int = 1, *, is_later: bool | None = None) -> MeetingPlan:
    return MeetingPlan(number, day, start, end, is_later)


def three_days() -> tuple[MeetingPlan, ...]:
    return tuple(on(date(2027, 6, 7 + number), time(10), time(11, 30), number) for number in (1, 2, 3))


# Times


@pytest.mark.causes_mails
@pytest.mark.parametrize(
    ("zone", "meeting", "instant"),
    [
        (
            "Africa/Casablanca",
            on(date(2027, 2, 20), time(10), time(11)),
            datetime(2027, 2, 20, 10, tzinfo=UTC),  # in Ramadan, one hour behind the rest of the year
        ),
        ("Europe/Zurich", on(date(2027, 3, 28), time(3, 15), time(4)), datetime(2027, 3, 28, 1, 15, tzinfo=UTC)),
        (
            "Europe/Zurich",
            on(date(2027, 10, 31), time(2, 30), time(4), is_later=False),
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        ),
        (
            "Europe/Zurich",
            on(date(2027, 10, 31), time(2, 30), time(4), is_later=True),
            datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
        ),
    ],
    ids=["casablanca-20-feb", "zurich-after-the-gap", "zurich-first-half-past-two", "zurich-second-half-past-two"],
)
def test_a_wall_time_reaches_every_file_as_its_instant(
    clock: StoppedClock, course: Course, client: CheckingClient, zone: str, meeting: MeetingPlan, instant: datetime
) -> None:
    course.plan((meeting,), zone)
    course.register("amina", "ar", "Africa/Cairo")
    [message] = course.messages("amina")
    assert message.starts_at == instant
    written = f"DTSTART:{instant:%Y%m%dT%H%M%SZ}\r\n".encode()
    for path in (
        f"/ar/registrations/{course.tokens['amina']}/calendar.ics",
        f"/ja/sessions/{course.code}/calendar.ics",
        f"/en/sessions/{course.code}/meetings/1.ics",
        "/ko/calendar.ics",
    ):
        assert client.get(path).data.count(written) == 1, path


def test_a_wall_time_that_the_clocks_skip_is_refused(clock: StoppedClock, course: Course) -> None:
    with pytest.raises(SkippedTime):
        course.plan((on(date(2027, 3, 28), time(2, 30), time(4)),))


@pytest.mark.causes_mails
def test_no_digit_of_a_language_leaks_into_a_file(clock: StoppedClock, course: Course, client: CheckingClient) -> None:
    course.plan(three_days(), language="ar")
    course.register("amina", "ar", "Africa/Cairo")
    contents = [message.content for message in course.messages("amina")]
    for path in (f"/ar/registrations/{course.tokens['amina']}/calendar.ics", "/ar/calendar.ics"):
        contents.append(client.get(path).data)
    for content in contents:
        assert plain_faults(content) == []
        texts = ("SUMMARY", "DESCRIPTION", "LOCATION", "NAME", "X-WR-CALNAME", "ORGANIZER", "ATTENDEE")
        lines = content.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")
        assert all(line.isascii() for line in lines if not line.startswith(texts))


# Revisions


@pytest.mark.causes_mails
def test_cancelling_meeting_2_of_3_is_one_message_and_leaves_the_others_alone(
    clock: StoppedClock, course: Course
) -> None:
    course.plan(three_days())
    course.register("amina", "fr")
    before = course.messages("amina")
    course.deliver()
    clock.pass_by(timedelta(minutes=5))
    course.change(Change(meetings=(MeetingWish(2, is_cancelled=True),), words="Sorry."))
    [cancel] = course.messages("amina")
    assert (cancel.uid, cancel.method, cancel.status) == (before[1].uid, "CANCEL", "CANCELLED")
    assert (cancel.sequence, cancel.organizer) == (before[1].sequence + 1, before[1].organizer)
    assert cancel.attendees == before[1].attendees
    course.deliver()
    calendar = course.post.calendars["amina@example.org"]
    assert set(calendar.entries()) == {before[0].uid, before[2].uid}
    assert [calendar.last[before[number].uid].content for number in (0, 2)] == [before[0].content, before[2].content]


@pytest.mark.causes_mails
def test_an_older_request_never_comes_after_a_newer(clock: StoppedClock, course: Course) -> None:
    course.plan(three_days())
    course.deliver()
    course.register("amina")
    first = course.messages("amina")
    with course.app.app_context():
        killed = claim(timedelta(0))  # the oldest mail is on its way: the worker was killed while it sent it
        assert killed is not None
    moved = MeetingWish(2, times=on(date(2027, 6, 20), time(15), time(16), 2))
    again = MeetingWish(1, times=on(date(2027, 6, 21), time(15), time(16), 1))
    course.change(Change(meetings=(moved, again)))
    left = course.messages("amina")
    assert [message.uid for message in left] == [first[0].uid, first[2].uid, first[0].uid, first[1].uid]
    course.deliver()  # a mail of an older revision after a newer one would be refused there
    assert course.post.entries_of("amina@example.org")[first[1].uid].starts_at.day == 20
    assert course.post.entries_of("amina@example.org")[first[0].uid].starts_at.day == 21


@pytest.mark.causes_mails
def test_a_request_that_died_is_not_sent_again_after_a_newer(clock: StoppedClock, course: Course) -> None:
    course.plan(three_days()[:1])
    course.register("amina")
    course.post.gone.add("amina@example.org")
    course.deliver()
    course.post.gone.clear()
    course.change(Change(act=SessionAct.CANCEL))
    [dead] = course.dead_mails()
    with pytest.raises(Conflict):
        course.do(lambda: send_again(0, dead))
    course.deliver()
    assert course.post.entries_of("amina@example.org") == {}


@pytest.mark.causes_mails
def test_what_died_at_an_old_address_is_still_taken_back_there(clock: StoppedClock, course: Course) -> None:
    """What the new address is told says nothing to the calendar of the old one."""
    course.plan(three_days()[:1])
    course.register("amina")
    course.deliver()
    course.change_address("amina", "new@example.org")
    course.post.gone.add("amina@example.org")
    course.deliver()
    course.post.gone.clear()
    assert len(course.post.entries_of("amina@example.org")) == len(course.post.entries_of("new@example.org")) == 1
    for mail_id in course.dead_mails():
        course.do(lambda mail_id=mail_id: send_again(0, mail_id))
    course.deliver()
    assert course.post.entries_of("amina@example.org") == {}
    assert len(course.post.entries_of("new@example.org")) == 1


@pytest.mark.causes_mails
def test_two_edits_and_a_resend_in_one_second_stay_in_order(clock: StoppedClock, course: Course) -> None:
    course.plan(three_days()[:1])
    course.register("amina", "en")
    token, seen = course.tokens["amina"], course.messages("amina")
    for act in (
        lambda: change_details(token, OwnDetails("amina", None, "ko", "Asia/Seoul")),
        lambda: change_details(token, OwnDetails("amina", None, "ja", "Asia/Tokyo")),
        lambda: service.send_link_again(course.session(), "amina@example.org", "ja"),
    ):
        course.do(act)
        seen.append(course.messages("amina")[-1])
    assert {message.sequence for message in seen} == {0}
    assert [(message.dtstamp - seen[0].dtstamp).total_seconds() for message in seen] == [0, 1, 2, 3]
    course.deliver()
    [entry] = course.post.entries_of("amina@example.org").values()
    assert entry.language == "ja"


@pytest.mark.causes_mails
def test_a_change_of_language_in_mid_course_says_anew_what_is_to_come(clock: StoppedClock, course: Course) -> None:
    course.plan(three_days())
    course.register("amina", "en")
    before = course.messages("amina")
    course.deliver()
    clock.at = datetime(2027, 6, 8, 12, tzinfo=UTC)  # the first meeting has taken place
    course.do(lambda: change_details(course.tokens["amina"], OwnDetails("amina", None, "ar", "Europe/Zurich")))
    after = course.messages("amina")
    assert [(each.uid, each.sequence, each.language) for each in after] == [
        (each.uid, each.sequence, "ar") for each in before[1:]
    ]
    assert [each.method for each in after] == ["REQUEST", "REQUEST"]
    course.deliver()
    languages = [entry.language for entry in course.post.entries_of("amina@example.org").values()]
    assert languages == ["en", "ar", "ar"]


# Feeds


@pytest.mark.causes_mails
def test_the_feed_has_a_new_tag_when_it_says_else(clock: StoppedClock, course: Course, client: CheckingClient) -> None:
    course.plan(three_days())
    course.register("amina", "en")
    feed = course.feed_of("amina")
    own, public = client.get(feed).headers["ETag"], client.get("/en/calendar.ics").headers["ETag"]
    clock.pass_by(timedelta(hours=1))
    for path, tag in ((feed, own), ("/en/calendar.ics", public)):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    course.do(lambda: change_details(course.tokens["amina"], OwnDetails("amina", None, "ar", "Europe/Zurich")))
    in_arabic = client.get(feed, headers={"If-None-Match": own})
    assert (in_arabic.status_code, b"LANGUAGE=ar" in in_arabic.data) == (200, True)
    assert client.get("/en/calendar.ics", headers={"If-None-Match": public}).status_code == 304
    course.change(Change(meetings=(MeetingWish(2, is_cancelled=True),)))
    for path, tag in ((feed, in_arabic.headers["ETag"]), ("/en/calendar.ics", public)):
        changed = client.get(path, headers={"If-None-Match": tag})
        assert changed.status_code == 200
        assert changed.data.count(b"STATUS:CANCELLED") == 1
        assert problems(changed.data, Shape.FEED) == []


@pytest.mark.causes_mails
def test_a_feed_whose_address_was_taken_away_is_not_there(
    clock: StoppedClock, course: Course, client: CheckingClient
) -> None:
    course.plan(three_days())
    course.register("amina")
    feed = course.feed_of("amina")
    assert client.get(feed).status_code == 200
    course.do(lambda: stop_feed(course.person("amina")))
    assert client.get(feed).status_code == 404, "calendar programs understand nothing else"


@pytest.mark.causes_mails
def test_the_public_feed_names_nobody_and_no_way_in(
    clock: StoppedClock, course: Course, client: CheckingClient
) -> None:
    course.plan(three_days())
    course.register("amina")
    for path in ("/en/calendar.ics", f"/ar/sessions/{course.code}/calendar.ics"):
        content = client.get(path).data.replace(b"\r\n ", b"")
        assert content.count(b"BEGIN:VEVENT") == 3
        words = content.replace(b"@trainapp\r\n", b"\r\n")
        assert not any(each in words for each in (b"@", b"mailto", b"meet.example.org", b"CONFERENCE", b"ATTENDEE"))
