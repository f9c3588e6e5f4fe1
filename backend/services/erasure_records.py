"""Records of erasures, kept in the evidence store: what a restored backup has to be told.

A record names the customer by number and proves with a salted hash of the telephone (scrypt) that the number is still
the same person's; the telephone cannot be read from it.
"""

import hashlib
import hmac
import json
from contextlib import suppress
from datetime import datetime

from backend.domain.erasing import Buyer, ErasureRecord
from backend.errors import Conflict
from backend.ports import World
from backend.ports.outside import EvidenceStore

FOLDER = "erasures/"
_COST = {"n": 2**14, "r": 8, "p": 1}


def record_of(world: World, buyer: Buyer, at: datetime) -> ErasureRecord:
    """The record of a buyer's erasure."""
    salt = world.tokens.new(32)
    return ErasureRecord(buyer.id, at, salt, _proof(buyer.phone, salt))


def is_of(record: ErasureRecord, buyer: Buyer) -> bool:
    """Whether it was this buyer, and nobody who got the same number later."""
    return record.customer_id == buyer.id and hmac.compare_digest(record.proof, _proof(buyer.phone, record.salt))


def keep(world: World, record: ErasureRecord) -> str:
    """Put it into the evidence store, if it is not there; the key it lies under. Raises StorageFull."""
    key = f"{FOLDER}{record.at:%Y%m%dT%H%M%S}-{record.customer_id}-{record.salt[:8]}.json"
    with suppress(Conflict):
        world.evidence.put(key, json.dumps({**vars(record), "at": record.at.isoformat()}).encode())
    return key


def all_records(store: EvidenceStore) -> list[ErasureRecord]:
    """Every erasure that a store knows of, oldest first."""
    found = (json.loads(store.get(key)) for key in sorted(store.keys(FOLDER)))
    return [ErasureRecord(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in found]


def _proof(phone: str, salt: str) -> str:
    return hashlib.scrypt(phone.encode(), salt=salt.encode(), **_COST).hex()
