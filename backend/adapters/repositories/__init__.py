"""Rows to domain objects and back, one module a noun. Nothing here decides anything."""
