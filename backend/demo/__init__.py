"""A small shop to try everything on."""
