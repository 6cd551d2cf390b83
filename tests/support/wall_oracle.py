"""Which instants a wall time means, found without turning a wall time into an instant as the application does.

The oracle asks, for every offset there is, whether the clock of the zone then shows that wall time.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

QUARTERS = range(-15 * 4, 15 * 4)


def instants_of(wall: datetime, zone: str) -> list[datetime]:
    """The instants at which the clocks of `zone` show `wall`: one, none where it is skipped, or two in their order."""
    where = ZoneInfo(zone)
    candidates = [(wall - timedelta(minutes=15 * quarter)).replace(tzinfo=UTC) for quarter in QUARTERS]
    return sorted(instant for instant in candidates if instant.astimezone(where).replace(tzinfo=None) == wall)
