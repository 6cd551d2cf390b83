"""Every route of the room: importing its modules of views declares them on the one blueprint."""

from trainapp.desks import mail_views, office_settings_views, office_views, views, zone_views
from trainapp.desks.blueprint import blueprint

__all__ = ["blueprint", "mail_views", "office_settings_views", "office_views", "views", "zone_views"]
