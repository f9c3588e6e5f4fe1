"""Where Rasa 3.6.21 meets the rest: each module names the behaviour of that version it works around.

`tests/unit/bot/rasa_bridge` has, for each, a test that fails when a newer Rasa makes it needless.
"""
