"""WeCom's customers by one name: who they are, and which customer-service account they write to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A customer of one account; `str` of it is the name that conversations go by."""

    open_kfid: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.open_kfid}:{self.external_id}"

    @classmethod
    def of(cls, name: str) -> "User":
        """The customer of that name."""
        open_kfid, _, external_id = name.partition(":")
        return cls(open_kfid, external_id)
