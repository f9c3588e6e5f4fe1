"""The WeChat Official Account: answers within five seconds, and messages of our own as far as WeChat lets us."""
