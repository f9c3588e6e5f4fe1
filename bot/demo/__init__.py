"""`python -m bot.demo`: plays one whole case in the terminal, against a running system or one started for it."""
