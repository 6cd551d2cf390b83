"""The room's blueprint, on which its modules of views declare their routes."""

from flask import Blueprint

# Without a prefix, because the address of a personal feed has no language.
blueprint = Blueprint("registrations", __name__)
