"""The form in which a training is asked for, as an office of one country fills it in."""

from datetime import timedelta
from typing import Any

from trainapp.core.clock import today


def answers(**changes: Any) -> dict[str, Any]:
    return {
        "subjects": ["NICE"],
        "level": "introduction",
        "audience": "Examiners of marks",
        "people": "25",
        "first_language": "en",
        "second_language": "fr",
        "mode": "online",
        "period_from": str(today() + timedelta(days=30)),
        "period_to": str(today() + timedelta(days=60)),
        "weekdays": ["2", "4"],
        "hours_from": "09:00",
        "hours_to": "11:00",
        "needs": "Line one\r\nLine two",
        **changes,
    }


def letter(**changes: Any) -> dict[str, Any]:
    """The same as a coordinator enters it for the office of Egypt, which wrote."""
    return answers(office="EG", channel="letter", received_on=str(today()), **changes)
