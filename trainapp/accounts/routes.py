"""Every route of the room: importing its modules of views declares them on the one blueprint."""

from trainapp.accounts import claim_views, focal_point_views, views
from trainapp.accounts.blueprint import blueprint

__all__ = ["blueprint", "claim_views", "focal_point_views", "views"]
