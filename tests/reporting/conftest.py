"""A random small world of records, and the programme of 2021."""

import pytest
from flask import Flask

from trainapp.programme.importing import PROGRAMME_2021, import_programme


@pytest.fixture
def year_2021(app: Flask) -> int:
    """The programme of 2021, taken in."""
    with app.app_context():
        import_programme(PROGRAMME_2021.read_bytes())
    return 2021
