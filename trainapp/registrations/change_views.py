"""Changing a published session: who gets what is shown before anything is saved."""
