"""Words for customers outside Rasa's turns: notices, system sentences, what the HTTP interface answers.

A service never words anything: it stores a template's name and parameters (`services.conversations.Notice`),
and `bot.delivery` renders them when the row goes out. What is stored until then is

    NewMessage(author=SYSTEM, text="", template=NAME, payload={"params": {…}, "card": {…} or missing})

* `templates/notices/NAME.j2` is the text. Parameters are plain JSON; times are ISO 8601 strings, shown with
  `| moment`. A missing parameter is an error, never a gap in the sentence.
* `buttons.yml` lists the (title, payload) buttons under a notice. Tokens are minted at delivery. A payload
  that begins with a slash goes to Rasa, any other is for the router.
* `card` holds the facts of `services.cards`, in a notice and in a reply of Rasa's alike;
  `templates/cards/KIND.json.j2` makes of them what the page shows, `KIND.txt.j2` of that what other channels say.
* `templates/CHANNEL/NAME.j2` words what only one channel says (WeChat's limits).
* `templates/errors/CODE.j2` words the `message` of an HTTP error.
* `phrases.yml` lists what a waiting customer says to leave the queue or to ask how long it takes.
* `account_phrases.yml` lists what a customer says about their account.
* `canned.yml` lists what agents send again and again (`bot.wording.canned`).
"""

from bot.wording.words import (
    Button,
    Words,
    account_phrases,
    card_text,
    channel_words,
    error_message,
    filled,
    notice_names,
    phrases,
    render,
    render_card,
)

__all__ = [
    "Button",
    "Words",
    "account_phrases",
    "card_text",
    "channel_words",
    "error_message",
    "filled",
    "notice_names",
    "phrases",
    "render",
    "render_card",
]
