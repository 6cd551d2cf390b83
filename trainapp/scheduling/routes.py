"""Every route of the room: importing its modules of views declares them on the one blueprint."""

from trainapp.scheduling import calendar_views, planning_views, views
from trainapp.scheduling.blueprint import blueprint

__all__ = ["blueprint", "calendar_views", "planning_views", "views"]
