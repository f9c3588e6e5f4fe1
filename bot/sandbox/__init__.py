"""The payment provider's stand-in: `python -m bot.sandbox`. Knows nothing of our database, and we nothing of its.

A real HTTP service with a ledger of its own, which verifies every call, signs every answer, settles refunds after a
while and tells of it by signed callbacks. On demand, or at random, it behaves as badly as providers do (`faults`).

Beside it, the stand-in of Telegram's Bot API: `python -m bot.sandbox.telegram_api` (`docs/telegram.md`).
"""
