"""Rings between processes, on a Redis channel that both sides name alike."""

WRITTEN = "anxin:written"
"""Something was written to the database; the message itself is empty."""
