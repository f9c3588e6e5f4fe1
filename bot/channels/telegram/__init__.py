"""Telegram: the Bot API by python-telegram-bot, by webhook or by long polling."""
