"""Rasa custom actions: read what was said, call one service, turn the result into a reply."""
