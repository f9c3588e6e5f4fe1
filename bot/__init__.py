"""Everything that talks to people: channels, Rasa wiring, language understanding, delivery, the staff's desk."""
