"""The web chat: a page like WeChat, the calls it makes, and tokens that prove a conversation."""
