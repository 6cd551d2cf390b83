"""The figures against an independent count, their rows, and the number of queries they take."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask, current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reporting.records import OFFICES, SUBJECTS, Came, Held, Store, Year, figures_by_hand
from tests.support.statements import statements_of
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.reporting.figures import checked_year, figure_of_year, figures_of_year
from trainapp.reporting.rows import PAGE_SIZE, PERSONAL, rows_of
from trainapp.reporting.summary import summary_of_year

pytestmark = pytest.mark.usefixtures("context")

YEAR = 2024
DAYS = st.sampled_from([date(2023, 12, 31), date(2024, 1, 1), date(2024, 6, 15), date(2024, 12, 31), date(2025, 1, 1)])
office = st.sampled_from(OFFICES)
mark = st.none() | st.tuples(st.sampled_from(["present", "partial", "absent", "excused"]), st.integers(0, 200))
came = st.builds(
    Came,
    person=st.integers(0, 3),
    office=st.none() | office,
    state=st.sampled_from(["pending", "confirmed", "waitlisted", "cancelled"]),
    marks=st.tuples(mark, mark, mark),
)
held = st.builds(
    Held,
    kind=st.sampled_from(["webinar", "training", "training", "workshop", "meeting"]),
    state=st.sampled_from(["draft", "published", "cancelled", "delivered", "delivered", "delivered"]),
    language=st.sampled_from([None, "en", "ar", "ja"]),
    mode=st.sampled_from(["online", "in_person", "hybrid"]),
    first=DAYS,
    days=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=3).map(tuple),
    subjects=st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=3, unique=True).map(tuple),
    beneficiaries=st.lists(office, max_size=2, unique=True).map(tuple),
    people=st.lists(came, max_size=3, unique_by=lambda one: one.person).map(tuple),
)
years = st.builds(
    Year,
    sessions=st.lists(held, max_size=6).map(tuple),
    requests=st.lists(st.tuples(st.sampled_from(["draft", "submitted", "agreed", "declined"]), DAYS), max_size=4).map(
        tuple
    ),
    uses=st.lists(
        st.tuples(office, st.sampled_from(["IPOBS", "WIPO CASE", "DAS"]), DAYS, st.none() | DAYS), max_size=5
    ).map(tuple),
    steps=st.lists(
        st.tuples(
            office,
            st.sampled_from(["received", "trained", "pilot", "in_production"]),
            st.sampled_from([date(2020, 12, 31), date(2021, 1, 1), date(2024, 7, 1), date(2025, 1, 1)]),
        ),
        max_size=6,
        unique_by=lambda step: step[:2],
    ).map(tuple),
    collections=st.lists(
        st.tuples(office, st.sampled_from(["GBD", "PATENTSCOPE", "NEWBASE"]), st.sampled_from([2023, 2024])),
        max_size=5,
        unique_by=lambda row: row[:2],
    ).map(tuple),
    funded=st.lists(st.tuples(office, st.integers(1, 3), st.sampled_from([2023, 2024])), max_size=3).map(tuple),
)


@contextmanager
def undone() -> Iterator[None]:
    """Everything inside is forgotten, so that the next example starts anew."""
    try:
        yield
    finally:
        db.session.rollback()
        db.session.expunge_all()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(records=years)
def test_figures_equal_an_independent_count(app: Flask, records: Year) -> None:
    with undone():
        Store(records).all()
        computed = {name: value.value for name, value in figures_of_year(YEAR).items() if value.value}
        assert computed == figures_by_hand(records, YEAR)


FULL = Year(
    sessions=tuple(
        Held(
            kind=kind,
            state="delivered",
            language="en",
            mode="online",
            first=date(2024, 3, day),
            days=((0, False), (1, False)),
            subjects=("NICE", "VIENNA"),
            beneficiaries=("KE",),
            people=(
                Came(0, "JP", "confirmed", (("present", 90), ("partial", 31))),
                Came(1, None, "confirmed", (("absent", 0), None)),
            ),
        )
        for day, kind in enumerate(("webinar", "training", "workshop"), 1)
    ),
    requests=(("agreed", date(2024, 2, 1)), ("declined", date(2024, 2, 2))),
    uses=(("KE", "IPOBS", date(2020, 1, 1), None), ("JP", "DAS", date(2020, 1, 1), None)),
    steps=(("KE", "received", date(2024, 1, 1)), ("NA", "pilot", date(2024, 1, 1))),
    collections=(("KE", "GBD", 2024),),
    funded=(("KE", 2, 2024), ("NA", 3, 2024)),
)


def test_every_figure_has_as_many_rows_as_it_counts() -> None:
    with undone():
        Store(FULL).all()
        for name, value in figures_of_year(YEAR).items():
            rows = rows_of(value.figure, YEAR, 1, may_see_people=True)
            assert len(rows.rows) == rows.total <= PAGE_SIZE
            if value.figure.definition.sums:
                amounts = [int(row[-1].text) for row in rows.rows]
                assert round(sum(amounts) / value.figure.definition.divisor, 2) == value.value, name
            else:
                assert rows.total == value.value, name


def test_rows_about_people_are_for_coordinators() -> None:
    with undone():
        Store(FULL).all()
        values = figures_of_year(YEAR)
        personal = [value for value in values.values() if value.figure.definition.kind in PERSONAL and value.value]
        assert len(personal) == 6
        for value in personal:
            rows = rows_of(value.figure, YEAR, 1, may_see_people=False)
            texts = [cell.text for row in rows.rows for cell in row]
            assert "Somebody" not in texts
            assert not any(text.startswith(("Person", "R-")) for text in texts)
            assert rows.hidden or rows.per_session


def test_counts_by_session_add_up_to_the_figure() -> None:
    with undone():
        Store(FULL).all()
        values = figures_of_year(YEAR)
        registered = rows_of(values["registrations"].figure, YEAR, 1, may_see_people=False)
        assert sum(int(row[2].text) for row in registered.rows) == values["registrations"].value == 6
        attended = rows_of(values["person_hours"].figure, YEAR, 1, may_see_people=False)
        assert round(sum(int(row[3].text) for row in attended.rows) / 60, 2) == values["person_hours"].value == 6.05


def test_many_rows_come_in_pages() -> None:
    with undone():
        Store(Year(sessions=FULL.sessions * 40)).all()
        figure = figure_of_year("sessions", YEAR).figure
        first, second = (rows_of(figure, YEAR, page, may_see_people=False) for page in (1, 2))
        assert (first.total, first.pages, len(first.rows), len(second.rows)) == (120, 2, 100, 20)
        codes = {row[1].text for row in first.rows + second.rows}
        assert len(codes) == 120
        assert rows_of(figure, YEAR, 10**9, may_see_people=False).number == 2


def test_the_number_of_queries_does_not_grow() -> None:
    found: list[int] = []
    for times in (1, 10):
        with undone():
            Store(Year(sessions=FULL.sessions * times)).all()
            db.session.expunge_all()
            with statements_of(current_app) as statements:
                summary_of_year(YEAR, "en")
            found.append(len(statements))
    assert found[0] == found[1] <= 20


def test_the_rows_of_a_programme_file_are_told_from_others() -> None:
    with undone():
        Store(FULL).all()
        assert not any(value.itemised for value in figures_of_year(YEAR, imported=True).values())


@pytest.mark.parametrize("year", [0, 1989, 2101, 999999])
def test_a_year_out_of_range_is_not_found(year: int) -> None:
    with pytest.raises(NotFound):
        checked_year(year)


@pytest.mark.parametrize("name", ["", "nothing", "sessions_by_subject", "sessions_by_subject.NOTHING", "collections.*"])
def test_an_unknown_figure_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        figure_of_year(name, YEAR)
