"""Every route of the room: importing its modules of views declares them on the one blueprint."""

from trainapp.scheduling import (
    calendar_views,
    clash_views,
    discard_views,
    inbox_views,
    material_views,
    planning_views,
    programme_views,
    propose_views,
    teaching_views,
    trainer_feed_views,
    trainer_views,
    views,
)
from trainapp.scheduling.blueprint import blueprint

__all__ = [
    "blueprint",
    "calendar_views",
    "clash_views",
    "discard_views",
    "inbox_views",
    "material_views",
    "planning_views",
    "programme_views",
    "propose_views",
    "teaching_views",
    "trainer_feed_views",
    "trainer_views",
    "views",
]
