"""The trade: what a case is, what the rules say, who is paid what. Knows nothing of Rasa, chat platforms or web."""
