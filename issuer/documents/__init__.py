"""Printed forms of stored credentials: pure functions that give the same bytes each time."""
