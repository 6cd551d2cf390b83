"""Wall times and the instants they mean: what a clock skips is refused, what it shows twice is asked."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from trainapp.core.errors import DomainError
from trainapp.core.languages import lazy

EARLIER, LATER = "earlier", "later"
"""What a form says of a time that the clocks show twice."""


class SkippedTime(DomainError):
    """A wall time that its zone's clocks skip when they go forward."""

    def __init__(self, field: str | None = None) -> None:
        super().__init__(
            lazy("This time does not exist on that day: the clocks go forward and skip it. Choose another time."),
            field,
        )


class AmbiguousTime(DomainError):
    """A wall time that its zone's clocks show twice when they go back, and nobody said which is meant."""

    def __init__(self, field: str | None = None) -> None:
        super().__init__(
            lazy("The clocks go back on that day and show this time twice. Choose which one you mean."), field
        )


def instant_of(
    on_date: date,
    wall: time,
    zone: str,
    is_later: bool | None,
    *,
    field: str | None = None,
    choice_field: str | None = None,
) -> datetime:
    """The instant of a wall time, in UTC; `fold` (PEP 495) tells the two readings of one that is shown twice.

    Raises `SkippedTime` on `field`, and `AmbiguousTime` on `choice_field` where `is_later` is None.
    """
    first = datetime.combine(on_date, wall, ZoneInfo(zone))
    second = first.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    assert before is not None
    assert after is not None
    if before < after:
        raise SkippedTime(field)
    if before > after and is_later is None:
        raise AmbiguousTime(choice_field or field)
    return (second if is_later else first).astimezone(UTC)


def instant_by_law(on_date: date, wall: time, zone: str, told: datetime) -> tuple[datetime, bool]:
    """What a wall time means by the law its zone has now, in UTC, and whether the clocks now skip it.

    Of two readings it is the one nearer to `told`, the instant it was taken for so far: where the law has not changed,
    that very one. A time that is skipped becomes the first instant after the gap.
    """
    where = ZoneInfo(zone)
    first, second = (datetime.combine(on_date, wall.replace(fold=fold), where).astimezone(UTC) for fold in (0, 1))
    if second < first:  # the offset before a gap puts the time behind it, the offset after it before
        return _end_of_gap(second, first, where), True
    return min(first, second, key=lambda each: abs(each - told)), False


def _end_of_gap(before: datetime, after: datetime, where: ZoneInfo) -> datetime:
    """The instant of the one change of clocks between two, to the second."""
    offset = before.astimezone(where).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
