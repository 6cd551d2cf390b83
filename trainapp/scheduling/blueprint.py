"""The room's blueprint, on which its modules of views declare their routes."""

from flask import Blueprint

# Without a prefix, because the start page `/` has no language.
blueprint = Blueprint("scheduling", __name__)
