"""One spelling for every message before anything else reads it.

`normalize` is pure and the only place where text is rewritten: full-width to half-width, Traditional to Simplified,
emoji to words (`lexicon/emoji.yml`), Chinese and scattered digits to one number, noise removed, the usual typos of the
trade mended (`lexicon/typos.yml`), dialect and shop speak made plain (`lexicon/dialect.yml`). The customer's own words
are kept elsewhere; this is what the classifier and the entity extractor see.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

from bot.nlu import lexicon

_CHINESE_DIGITS = str.maketrans("零〇○一二三四五六七八九幺", "0001234567891")
_NUMERAL = "[零〇○一二三四五六七八九幺]"
_LONG_NUMERALS = re.compile(rf"{_NUMERAL}(?:[ -]?{_NUMERAL}){{9,}}")
_LABELLED_NUMERALS = re.compile(
    r"((?:订单|单号|编号|运单|尾号|后四位|后4位|手机号?|电话|号码)[号码]{0,2}[是为:, ]{0,3})"
    rf"({_NUMERAL}(?:[ -]?{_NUMERAL}){{3,}})(?![十百千万个件])"
)
_FOUR_NUMERALS = re.compile(rf"^{_NUMERAL}(?: ?{_NUMERAL}){{3}}$")
_DASHES = re.compile("[‐‑‒–—―−﹣]")
_NUMBER_PREFIXES = "SF|YT|JD[A-Z]{0,2}|JT|ZTO|STO|DPK|EMS|YD|HT|RC|TB|TW|GD"
_DIGIT_GROUPS = re.compile(
    rf"(?<![A-Za-z0-9.])(?:(?:{_NUMBER_PREFIXES})[ -]?|[A-Za-z]{{1,4}}-)?\d+(?:[ -]\d+)*(?![\d.])",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:(?:19|20)\d\d-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2})(?= |$)")
_FIXED_LINE = re.compile(r"0\d{2,3}-\d{7,8}|[48]00-\d{3,4}-\d{3,4}")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_REPEATED_LETTER = re.compile(r"([A-Za-z])\1{3,}")
_REPEATED_CHARACTER = re.compile(r"([^\W\dA-Za-z_零〇一二三四五六七八九十])\1{2,}")
_REPEATED_WORD = re.compile(r"([^\W\d_]{2,6}[ ,!?]?)\1{2,}")
_SPACES = re.compile(r"\s+")
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
# Codes for pictures that chat programs leave in the text: "#E-s12".
_PICTURE_CODE = re.compile(r"#E-[a-z]{1,2}\d{1,3}")
_STARS = re.compile("[⭐🌟★](?: ?[⭐🌟★])*")
# One more round settles nearly everything; a round can only bring two or three new places together.
_ROUNDS = 4


@lru_cache(maxsize=256)
def normalize(text: str) -> str:
    """The message in the one spelling the models know; normalising that again changes nothing.

    A payload of ours (it begins with a slash) passes untouched, and no other text gains a leading slash. A message
    of nothing but noise comes back as it was, so a non-empty message never becomes an empty one.
    """
    if text.lstrip().startswith("/"):
        return text
    tidy = text
    for _ in range(_ROUNDS):
        before, tidy = tidy, _tidy(tidy)
        if tidy == before:
            break
    return tidy or text


def _tidy(text: str) -> str:
    """One round of everything; what was mended may stand beside what now repeats, hence the rounds."""
    plain = _put_into_words(_simplify(_clean(text)))
    return _collapse(_mend_typos(_join_digits(_spell_digits(plain)))).lstrip("/ ").rstrip()


def _clean(text: str) -> str:
    """Compatibility forms unified; control, zero-width and variation characters gone; single spaces."""
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFKC", text))
    visible = "".join(char for char in spaced if unicodedata.category(char) not in {"Cf", "Cc", "Mn", "Cn", "Co"})
    return _SPACES.sub(" ", _DASHES.sub("-", visible)).strip()


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("tw2s")


def _simplify(text: str) -> str:
    return str(_converter().convert(text))


def _spell_digits(text: str) -> str:
    """Numbers read out digit by digit become digits: ten numerals or more anywhere, four by themselves or a label."""
    text = _LONG_NUMERALS.sub(lambda found: found[0].translate(_CHINESE_DIGITS), text)
    text = _FOUR_NUMERALS.sub(lambda found: _SPACES.sub("", found[0].translate(_CHINESE_DIGITS)), text)
    return _LABELLED_NUMERALS.sub(lambda found: found[1] + _SPACES.sub("", found[2].translate(_CHINESE_DIGITS)), text)


def _join_digits(text: str) -> str:
    return _DIGIT_GROUPS.sub(lambda found: _join(found[0]), text)


def _join(run: str) -> str:
    """One number out of "2023 1111 0009"; dates, fixed lines and neighbouring separate numbers stay apart."""
    date = _DATE.match(run)
    if date:
        rest = run[date.end() :].lstrip()
        return date[0] + (" " + _join(rest) if rest else "")
    if _FIXED_LINE.match(run):
        return run
    groups = re.findall(r"\d+", run)
    total = sum(map(len, groups))
    if len(groups) > 1 and max(map(len, groups)) > 9:
        return run
    if (10 <= total <= 20) or (run[0].isalpha() and total >= 8):
        return re.sub("[ -]", "", run)
    return run


def _collapse(text: str) -> str:
    """Shouting reduced: one mark, two letters, two characters, two repetitions of a word."""
    text = _REPEATED_MARK.sub(r"\1", text)
    text = _REPEATED_LETTER.sub(r"\1\1", text)
    text = _REPEATED_CHARACTER.sub(r"\1\1", text)
    return _REPEATED_WORD.sub(r"\1\1", text)


def _put_into_words(text: str) -> str:
    """Emoji as what they say, set off by spaces; a row of the same says it once, a row of stars is a rating."""
    pattern, table = _emoji()
    said = _STARS.sub(lambda found: f" {len(found[0].replace(' ', ''))}星 ", _PICTURE_CODE.sub(" ", text))
    said = pattern.sub(lambda found: f" {table[found[1]]} ", _SKIN_TONES.sub("", said))
    return text if said == text else _SPACES.sub(" ", said).strip()


@lru_cache(maxsize=1)
def _emoji() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {str(emoji): str(meaning) for emoji, meaning in lexicon.read("emoji").items()}
    return re.compile(f"({'|'.join(map(re.escape, sorted(table)))})(?: ?\\1)*"), table


@lru_cache(maxsize=1)
def _mendings() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {str(said): str(plain) for name in ("typos", "dialect") for said, plain in lexicon.read(name).items()}
    longest_first = sorted(table, key=lambda said: (-len(said), said))
    return re.compile("|".join(map(_as_pattern, longest_first))), table


def _as_pattern(said: str) -> str:
    """An entry of Latin letters must stand alone, in capitals or not; Chinese ones may stand anywhere."""
    return rf"(?<![A-Za-z0-9])(?i:{said})(?![A-Za-z0-9])" if re.fullmatch("[a-z0-9 ]+", said) else re.escape(said)


def _mend_typos(text: str) -> str:
    pattern, table = _mendings()
    return pattern.sub(lambda found: table.get(found[0]) or table[found[0].lower()], text)
