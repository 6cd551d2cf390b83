"""The room's blueprint, on which its modules of views declare their routes."""

from flask import Blueprint

blueprint = Blueprint("desks", __name__, url_prefix="/<lang:language>")
