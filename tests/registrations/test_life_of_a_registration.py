"""Whatever happens to a registration, in whatever order: the calendar behind its address ends up right."""

import pytest
from flask import Flask

from tests.support.life import live

pytestmark = pytest.mark.causes_mails


def test_after_any_sequence_each_calendar_holds_exactly_what_its_owner_should_attend(app: Flask) -> None:
    live(app, examples=12, steps=20)
