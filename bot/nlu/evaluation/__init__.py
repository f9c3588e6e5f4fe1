"""Measuring understanding: intents on labelled utterances, entities on a table, ours beside a stock Rasa pipeline."""
