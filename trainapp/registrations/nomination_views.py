"""Naming people for a session: one by one, pasted, or from a file."""

from trainapp.registrations import nomination_models  # noqa: F401
