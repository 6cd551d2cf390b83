"""The programme of 2021, and what the database holds."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from trainapp.core.database import Model, db
from trainapp.programme.importing import PROGRAMME_2021


@pytest.fixture
def programme() -> str:
    return PROGRAMME_2021.read_text("utf-8")


@pytest.fixture
def row_counts() -> Callable[[], dict[str, int]]:
    """The number of rows of every table."""

    def count() -> dict[str, int]:
        tables = Model.metadata.sorted_tables
        return {table.name: db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}

    return count
