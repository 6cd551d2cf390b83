"""The one place that reads the clock, so that a test may set it."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The present instant, aware, in UTC, in whole seconds (what calendars and mails can carry)."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """The present date in UTC."""
    return now().date()
