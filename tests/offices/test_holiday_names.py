"""Public holidays by name in the reader's language, also where their state's calendar knows none in it."""

from datetime import date

import pytest
import yaml
from flask import Flask

from tests.support.holiday_names import LIST, names_needed
from tests.support.world import office_of
from trainapp.core.languages import LANGUAGES, Text, speaking
from trainapp.offices.holiday_names import DATA, EnglishName, taken_apart
from trainapp.offices.working_time import days_off, holidays_between

OTHERS = [language for language in LANGUAGES if language != "en"]


def names_in(language: str) -> dict[str, str]:
    names: dict[str, str] = yaml.safe_load((DATA / f"{language}.yaml").read_text("utf-8"))
    return names


def test_the_list_of_names_is_that_of_the_calendars() -> None:
    """Where it is not: `python -m tests.support.holiday_names`, then translate what is new."""
    assert yaml.safe_load(LIST.read_text("utf-8")) == names_needed()


@pytest.mark.parametrize("language", OTHERS)
def test_every_holiday_has_a_name_in_every_language(language: str) -> None:
    names = names_in(language)
    wanted = set(yaml.safe_load(LIST.read_text("utf-8")))
    assert sorted(wanted - set(names)) == []
    assert sorted(set(names) - wanted) == []
    assert all(isinstance(name, str) and name.strip() == name and name for name in names.values())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Nowruz", [EnglishName("Nowruz")]),
        ("Eid al-Fitr (estimated)", [EnglishName("Eid al-Fitr", is_estimated=True)]),
        ("Boxing Day (observed)", [EnglishName("Boxing Day", is_in_lieu=True)]),
        ("Labour Day (in lieu)", [EnglishName("Labour Day", is_in_lieu=True)]),
        ("Ashura (observed, estimated)", [EnglishName("Ashura", is_in_lieu=True, is_estimated=True)]),
        ("Eid al-Adha (Day of Rejoicing)", [EnglishName("Eid al-Adha (Day of Rejoicing)")]),
        ("Day off for Carnival Day", [EnglishName("Carnival Day", is_day_off_for=True)]),
        ("Day off (substituted from 12/29/2024)", [EnglishName("", moved_from=date(2024, 12, 29))]),
        ("Easter Sunday; May Day (estimated)", [EnglishName("Easter Sunday"), EnglishName("May Day", False, True)]),
    ],
)
def test_a_name_is_taken_apart(text: str, parts: list[EnglishName]) -> None:
    assert taken_apart(text) == parts


@pytest.mark.parametrize(
    ("language", "code", "on", "name"),
    [
        ("fr", "MA", date(2027, 7, 30), "Fête du Trône"),
        ("en", "IR", date(2027, 3, 21), "Nowruz"),
    ],
)
def test_a_reader_finds_a_holiday_in_their_own_language(
    app: Flask, language: str, code: str, on: date, name: str
) -> None:
    with app.app_context(), speaking(language):
        [off] = days_off(office_of(code), [on])
        assert off.holiday is not None
        assert off.holiday.language == language
        assert name in off.holiday.text


def test_a_korean_reader_finds_the_new_year_of_iran(app: Flask) -> None:
    """Its calendar has Persian and English names only."""
    with app.app_context(), speaking("ko"):
        [off] = days_off(office_of("IR"), [date(2027, 3, 21)])
        assert off.holiday == Text(names_in("ko")["Nowruz"], "ko")


def test_what_is_added_to_a_name_is_told_in_the_readers_language(app: Flask) -> None:
    """A day of the lunar calendar in two years is an estimate; an English reader has it from the calendar itself."""
    with app.app_context():
        year = holidays_between(office_of("EG"), date(2028, 1, 1), date(2028, 12, 31))
        [first] = [off for off in days_off(office_of("EG"), year, "en") if _is_new_year(off.holiday)]
        [again] = days_off(office_of("EG"), [first.on], "ru")
        assert first.holiday is not None
        assert again.holiday is not None
        assert first.holiday.language == "en"
        assert again.holiday.language == "ru"
        plain = names_in("ru")["Islamic New Year"]
        assert plain in again.holiday.text
        assert again.holiday.text != plain


def _is_new_year(holiday: Text | None) -> bool:
    return holiday is not None and holiday.text == "Islamic New Year (estimated)"


def test_an_organization_has_no_holidays_of_its_own(app: Flask) -> None:
    with app.app_context():
        assert holidays_between(office_of("EP"), date(2027, 1, 1), date(2027, 12, 31)) == frozenset()
        assert date(2027, 8, 1) in holidays_between(office_of("CH"), date(2026, 12, 1), date(2028, 2, 1))
        assert holidays_between(office_of("CH"), date(2027, 8, 2), date(2027, 8, 2)) == frozenset()
