"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta, tzinfo

import pytest


class StoppedClock:
    """What the application takes for the present: `core.clock` is the one place that reads the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
        self.at = at
        clock = self

        class Stopped(datetime):
            @classmethod
            def now(cls, _tz: tzinfo | None = None) -> datetime:
                return clock.at

        monkeypatch.setattr("trainapp.core.clock.datetime", Stopped)

    def pass_by(self, span: timedelta) -> None:
        """Let time pass."""
        self.at += span
