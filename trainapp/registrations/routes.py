"""Every route of the room: importing its modules of views declares them on the one blueprint."""

from trainapp.registrations import (
    change_views,
    message_views,
    nomination_list_views,
    nomination_views,
    own_views,
    people_step_views,
    people_views,
    views,
)
from trainapp.registrations.blueprint import blueprint

__all__ = [
    "blueprint",
    "change_views",
    "message_views",
    "nomination_list_views",
    "nomination_views",
    "own_views",
    "people_step_views",
    "people_views",
    "views",
]
