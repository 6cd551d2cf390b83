"""The people of a session, for those who run it: lists, decisions, people registered on behalf."""
