"""A stock Rasa 3.6.21 bot with the intents, the form and the database writes of ours, to compare with."""
