"""What the trainers of the demonstration teach, and when they work."""

from datetime import time, timedelta
from typing import Any

from trainapp.catalogue.queries import subjects_by_code
from trainapp.cli.demo_days import read
from trainapp.cli.demo_people import People
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.scheduling.models import TrainerException, TrainerHours, TrainerProfile


def load_trainers(people: People) -> None:
    """Add the profiles; called once, with the sessions."""
    for entry in read("trainers")["trainers"]:
        person = people.by_key[entry["trainer"]]
        db.session.add(
            TrainerProfile(
                person=person,
                zone=person.zone,
                languages=entry["languages"],
                subjects=subjects_by_code(entry["subjects"]),
                hours=[hours for block in entry["hours"] for hours in _hours(block)],
                exceptions=[_away(away) for away in entry.get("away", [])],
            )
        )


def _hours(block: dict[str, Any]) -> list[TrainerHours]:
    first, last = time.fromisoformat(block["from"]), time.fromisoformat(block["to"])
    return [TrainerHours(weekday=weekday, from_time=first, to_time=last) for weekday in block["weekdays"]]


def _away(entry: dict[str, Any]) -> TrainerException:
    first = today() + timedelta(days=entry["in_days"])
    return TrainerException(first_day=first, last_day=first + timedelta(days=entry["days"] - 1), note=entry["note"])
