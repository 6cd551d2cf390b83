"""The register of assistance: statements have a source, and a meeting named in a text is found."""

import pytest
from sqlalchemy.exc import IntegrityError

from trainapp.assistance.queries import ORDINALS, meeting_outside, named_meeting, statement_of, statements_of
from trainapp.assistance.service import add_collection, add_committee_meeting, state_figure
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.queries import office_by_code

pytestmark = pytest.mark.usefixtures("context")


def test_a_statement_is_kept_for_its_year() -> None:
    with unit_of_work():
        state_figure("webinars", 2021, 17, "a report")
        state_figure("webinars", 2022, 0, "a report")
    assert {name: told.value for name, told in statements_of(2021).items()} == {"webinars": 17}
    assert statement_of("webinars", 2023) is None


@pytest.mark.parametrize(("value", "source", "field"), [(-1, "a report", "value"), (1, " ", "source")])
def test_a_statement_without_sense_is_refused(value: int, source: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        state_figure("webinars", 2021, value, source)
    assert refused.value.field == field


def test_a_figure_is_stated_once_a_year() -> None:
    with unit_of_work():
        state_figure("webinars", 2021, 17, "a report")
    state_figure("webinars", 2021, 18, "another report")
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
    assert statements_of(2021)["webinars"].value == 17


def test_a_collection_joins_a_database_once() -> None:
    office = office_by_code("KE")
    assert office is not None
    for year in (2021, 2022):
        add_collection(office, "GBD", "trademarks", year)
    with pytest.raises(IntegrityError):
        db.session.flush()


@pytest.mark.parametrize(
    ("text", "meeting"),
    [
        ("seventh session of the CWS", ("CWS", 7)),
        ("The Twentieth Session of the cws; people from offices", ("CWS", 20)),
        ("a session of the CWS", None),
        ("", None),
    ],
)
def test_the_meeting_a_text_names(text: str, meeting: tuple[str, int] | None) -> None:
    assert named_meeting(text) == meeting


def test_ordinals_count_from_one() -> None:
    assert [ORDINALS[number - 1] for number in (1, 11, 20)] == ["first", "eleventh", "twentieth"]


def test_a_meeting_of_another_year_is_found_and_one_of_the_year_is_not() -> None:
    with unit_of_work():
        add_committee_meeting("CWS", 7, "2019-07", False)
        add_committee_meeting("CWS", 9, "2021-11", False)
    found = meeting_outside("seventh session of the CWS", 2021)
    assert found is not None
    assert found.held == "2019-07"
    assert meeting_outside("ninth session of the CWS", 2021) is None
    assert meeting_outside("eighth session of the CWS", 2021) is None
