"""Tests: unit, contract, integration, channels, conversations and e2e mirror what they test."""
