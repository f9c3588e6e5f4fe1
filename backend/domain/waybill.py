"""Waybill numbers: whose they look like, and whether they can be right.

The formats are those the carriers print on their labels; a carrier that is not listed is held to what all have in
common. A number proves nothing: it only must not be nonsense, and must not serve two cases.
"""

import re
from dataclasses import dataclass

_ANY = re.compile(r"[A-Z0-9]{8,20}")
_SEPARATORS = re.compile(r"[\s\-]+")


@dataclass(frozen=True)
class Carrier:
    """A carrier: its code, the name people use, and the form of its numbers. `marked` forms are its alone."""

    code: str
    name: str
    form: re.Pattern[str]
    marked: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Waybill:
    """A number that can be right, without separators, in upper case."""

    carrier: Carrier
    number: str


class WaybillRefused(ValueError):
    """Not a waybill number: `reason` is `malformed`, `wrong_carrier` or `unknown_carrier`."""

    def __init__(self, reason: str, number: str) -> None:
        super().__init__(f"waybill {number!r} is refused: {reason}")
        self.reason, self.number = reason, number


def _carrier(code: str, name: str, form: str, marked: str | None = None) -> Carrier:
    return Carrier(code, name, re.compile(form), re.compile(marked) if marked else None)


CARRIERS: tuple[Carrier, ...] = (
    _carrier("sf", "顺丰", r"SF\d{12,13}|\d{12}", r"SF\d{12,13}"),
    _carrier("jd", "京东", r"JD[A-Z0-9]{11,15}", r"JD[A-Z0-9]{11,15}"),
    _carrier("yto", "圆通", r"YT\d{13}|[A-Z0-9]{10,18}", r"YT\d{13}"),
    _carrier("jt", "极兔", r"JT\d{13}", r"JT\d{13}"),
    _carrier("dpk", "德邦", r"DPK\d{10,12}|\d{8,10}", r"DPK\d{10,12}"),
    _carrier("zto", "中通", r"7[3568]\d{12}|\d{12}|ZTO\d{12,13}", r"ZTO\d{12,13}"),
    _carrier("sto", "申通", r"77\d{13}|\d{12,13}", r"77\d{13}"),
    _carrier("yunda", "韵达", r"[34]\d{12}|[34]\d{14}"),
    _carrier("ems", "邮政", r"[A-Z]{2}\d{9}[A-Z]{2}|[19]\d{12}", r"[A-Z]{2}\d{9}CN"),
    _carrier("best", "百世", r"[567]\d{13}|BT\d{13}", r"BT\d{13}"),
    _carrier("tt", "天天", r"\d{12}|TT\d{12,13}", r"TT\d{12,13}"),
)
"""The carriers that are known, those first whose numbers are told apart most easily."""

OTHER = _carrier("other", "其他快递", r"[A-Z0-9]{8,20}")


def carrier_named(text: str) -> Carrier | None:
    """The carrier of that code or name (`sf`, `顺丰`, `顺丰速运`); None when it is not known."""
    plain = text.strip().lower()
    for carrier in (*CARRIERS, OTHER):
        if plain == carrier.code or carrier.name in text:
            return carrier
    return None


def read_waybill(number: str, carrier: str | None = None) -> Waybill:
    """The waybill with that number, of the carrier named or else recognised. Raises WaybillRefused."""
    plain = _SEPARATORS.sub("", number).upper()
    if not _plausible(plain):
        raise WaybillRefused("malformed", number)
    if carrier is None:
        return Waybill(_recognised(plain), plain)
    named = carrier_named(carrier)
    if named is None:
        raise WaybillRefused("unknown_carrier", number)
    if not named.form.fullmatch(plain):
        raise WaybillRefused("wrong_carrier", number)
    return Waybill(named, plain)


def possible_carriers(number: str) -> tuple[Carrier, ...]:
    """The carriers whose labels bear such numbers: the one whose form is its alone, else all that fit."""
    plain = _SEPARATORS.sub("", number).upper()
    recognised = _recognised(plain)
    if recognised is not OTHER:
        return (recognised,)
    return tuple(carrier for carrier in CARRIERS if carrier.form.fullmatch(plain))


def _plausible(plain: str) -> bool:
    """Right length and letters, enough digits, and not one digit again and again or a mere count."""
    digits = [character for character in plain if character.isdigit()]
    counted = "".join(digits) in "0123456789012345678901234567890"
    return bool(_ANY.fullmatch(plain)) and len(digits) >= 6 and len(set(digits)) > 2 and not counted


def _recognised(plain: str) -> Carrier:
    for carrier in CARRIERS:
        if carrier.marked is not None and carrier.marked.fullmatch(plain):
            return carrier
    return OTHER
