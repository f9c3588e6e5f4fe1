"""A stock Rasa pipeline trained on the same sentences as ours, to compare with."""
