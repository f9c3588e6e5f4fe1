"""The floor: Rasa with one keyword intent and one utterance. Less than this no bot on Rasa can cost."""
