"""What a customer asks for, in the codes everything else is keyed by: wishes, remedies, reasons."""

from enum import Enum


class Wish(str, Enum):
    """What the customer wants, before the rules have made a remedy of it."""

    REFUND = "refund"
    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    RESEND = "resend"
    PRICE_DIFFERENCE = "difference"


class Remedy(str, Enum):
    """What a case does for the customer: one for each case."""

    REFUND_ONLY = "REFUND_ONLY"
    RETURN_REFUND = "RETURN_REFUND"
    EXCHANGE = "EXCHANGE"
    REPAIR = "REPAIR"
    RESHIP = "RESHIP"
    PRICE_DIFFERENCE = "PRICE_DIFFERENCE"
    SERVICE_REFUND = "SERVICE_REFUND"


class Reason(str, Enum):
    """Why: R01 to R17 of the rule book's catalogue, section 2, in its order."""

    QUALITY = "quality"
    DAMAGED = "damaged"
    COUNTERFEIT = "counterfeit"
    WRONG_ITEM = "wrong_item"
    MISSING = "missing"
    NOT_AS_DESCRIBED = "not_as_described"
    SIZE = "size"
    COLOUR = "colour"
    NO_REASON = "no_reason"
    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    LOGISTICS = "logistics"
    PROMOTION = "promotion"
    ORDER_ERROR = "order_error"
    SERVICE = "service"
    USAGE = "usage"
    WARRANTY = "warranty"
    OTHER = "other"
