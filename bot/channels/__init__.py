"""How customers reach us: one package a channel, all handing over the same neutral message."""
