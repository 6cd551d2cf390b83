"""Dates and times as each of the ten languages writes them, always with their zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.client import CheckingClient
from trainapp.core import timefmt
from trainapp.core.errors import DomainError
from trainapp.core.languages import LANGUAGES, speaking

AT = datetime(2027, 7, 5, 7, 0, tzinfo=UTC)

MOMENTS = {
    "ar": "الاثنين، 5 يوليو 2027، 10:00\xa0ص، نيروبي (UTC+3)",
    "zh": "2027年7月5日星期一 10:00，内罗毕 (UTC+3)",
    "en": "Monday, July 5, 2027, 10:00\xa0AM, Nairobi (UTC+3)",
    "fr": "lundi 5 juillet 2027, 10:00, Nairobi (UTC+3)",
    "de": "Montag, 5. Juli 2027, 10:00, Nairobi (UTC+3)",
    "ja": "2027年7月5日月曜日 10:00、ナイロビ (UTC+3)",
    "ko": "2027년 7월 5일 월요일 오전\xa010:00, 나이로비 (UTC+3)",
    "pt": "segunda-feira, 5 de julho de 2027, 10:00, Nairóbi (UTC+3)",
    "ru": "понедельник, 5 июля 2027\u202fг., 10:00, Найроби (UTC+3)",
    "es": "lunes, 5 de julio de 2027, 10:00, Nairobi (UTC+3)",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_moment_in_each_language(language: str) -> None:
    assert timefmt.moment(AT, "Africa/Nairobi", language) == MOMENTS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_moment_is_the_same_whoever_asks_for_it(language: str) -> None:
    """A mail is written in its reader's language, also while a request of another language is under way."""
    with speaking("en" if language != "en" else "ar"):
        assert timefmt.moment(AT, "Africa/Nairobi", language) == MOMENTS[language]


@given(
    instant=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(sorted(timefmt.known_zones())),
    language=st.sampled_from(sorted(LANGUAGES)),
)
def test_every_moment_names_its_zone_and_its_offset(instant: datetime, zone: str, language: str) -> None:
    text = timefmt.moment(instant, zone, language)
    assert text.endswith(timefmt.zone_label(zone, instant, language))
    assert "UTC" in text
    assert "'" not in text or language == "fr"


@pytest.mark.parametrize(
    ("zone", "at", "offset"),
    [
        ("Asia/Kathmandu", AT, "UTC+5:45"),
        ("America/St_Johns", datetime(2027, 1, 5, tzinfo=UTC), "UTC\u22123:30"),
        ("Europe/Zurich", datetime(2027, 1, 5, tzinfo=UTC), "UTC+1"),
        ("Europe/Zurich", AT, "UTC+2"),
        ("UTC", AT, "UTC"),
        ("Pacific/Kiritimati", AT, "UTC+14"),
    ],
)
def test_offsets(zone: str, at: datetime, offset: str) -> None:
    assert timefmt.utc_offset(zone, at) == offset


def test_a_meeting_over_midnight_has_both_dates() -> None:
    late = datetime(2027, 7, 5, 22, 30, tzinfo=UTC)
    text = timefmt.span(late, late + timedelta(hours=3), "UTC", "en")
    assert "July 5" in text
    assert "July 6" in text
    assert timefmt.span(AT, AT + timedelta(hours=1), "UTC", "en").count("July") == 1


def test_the_readers_own_time_comes_first_and_each_zone_once() -> None:
    own, other = "Asia/Tokyo", "Africa/Nairobi"
    lines = timefmt.time_lines(AT, AT + timedelta(hours=1), own, [other, own, other], "en")
    assert [line.own for line in lines] == [True, False]
    assert "Tokyo" in str(lines[0])
    assert "Nairobi" in str(lines[1])


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        ([date(2021, 9, 20), date(2021, 9, 21), date(2021, 9, 22)], "Sep 20\u2009–\u200922, 2021"),
        ([date(2021, 9, 20), date(2021, 9, 20)], "Sep 20, 2021"),
        ([date(2021, 9, 22), date(2021, 9, 20)], "Sep 20, 2021 and Sep 22, 2021"),
    ],
)
def test_days_as_people_write_them(dates: list[date], text: str) -> None:
    assert timefmt.days(dates, "en") == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_offered_has_a_name_and_may_be_chosen(language: str) -> None:
    choices = timefmt.zone_choices(AT, language)
    assert len(choices) > 300
    assert len({zone for zone, _label in choices}) == len(choices)
    assert {zone for zone, _label in choices} <= timefmt.known_zones()
    for zone, label in choices:
        assert label == timefmt.zone_label(zone, AT, language)
        assert "_" not in label


@pytest.mark.parametrize("name", ["", "Nowhere/City", "../etc/passwd", "Europe/zurich", "\x00", "EST5EDT", "a" * 5000])
def test_a_zone_that_is_none_is_refused_by_its_field(name: str) -> None:
    with pytest.raises(DomainError) as error:
        timefmt.parse_zone(name)
    assert error.value.field == "zone"


def test_the_readers_zone_is_the_persons_then_the_chosen_then_the_guessed(client: CheckingClient) -> None:
    def shown() -> str:
        client.get("/en/")
        assert client.tree is not None
        return "".join(client.tree.itertext())

    assert "Tokyo" not in shown()
    client.set_cookie("zone_guess", "Asia%2FTokyo")
    client.set_cookie("zone_guess", "Asia/Tokyo")
    assert "Tokyo" in shown()
    client.set_cookie("zone", "Africa/Nairobi")
    assert "Nairobi" in shown()
    client.set_cookie("zone", "Nowhere/City")
    assert "Tokyo" in shown()


@pytest.mark.parametrize(("language", "text"), [("en", "12,345.5"), ("de", "12.345,5"), ("ru", "12\u00a0345,5")])
def test_numbers_by_cldr(language: str, text: str) -> None:
    assert timefmt.number(12345.5, language) == text


def test_lists_by_cldr() -> None:
    assert timefmt.listed(["a", "b", "c"], "en") == "a, b, and c"
    assert timefmt.listed(["a", "b"], "de") == "a und b"
    assert timefmt.listed([], "en") == ""
