"""Understanding Chinese after-sales messages: normalising, intents, entities, and how well it is done."""
