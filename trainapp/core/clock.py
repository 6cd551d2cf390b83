"""The one place that reads the clock, so that a test may set it."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The present instant, aware, in UTC, in whole seconds (what calendars and mails can carry)."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """The present date in UTC."""
    return now().date()


def quarter_of(at: datetime) -> datetime:
    """The quarter of an hour that an instant lies in, by its beginning. The clocks of all zones change at one."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
