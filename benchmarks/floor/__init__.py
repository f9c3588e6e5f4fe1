"""The floor: Rasa as it comes, with one keyword intent and one utterance."""
