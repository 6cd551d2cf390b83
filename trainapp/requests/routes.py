"""Every route of the room: importing its modules of views declares them on the one blueprint."""

from trainapp.requests import answer_views, asking_views, views
from trainapp.requests.blueprint import blueprint

__all__ = ["answer_views", "asking_views", "blueprint", "views"]
