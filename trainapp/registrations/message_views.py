"""Writing to the people of a session."""
