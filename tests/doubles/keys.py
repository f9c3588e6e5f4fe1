"""RSA keys and signatures of two parties who know each other: the shop and what plays its provider."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@dataclass(frozen=True)
class Party:
    """Somebody with a key pair."""

    key: rsa.RSAPrivateKey

    def sign(self, content: bytes) -> str:
        return b64encode(self.key.sign(content, padding.PKCS1v15(), SHA256())).decode()

    def has_signed(self, content: bytes, signature: str) -> bool:
        try:
            self.key.public_key().verify(b64decode(signature), content, padding.PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def private_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=8)
def party(name: str) -> Party:
    """The same one for the same name, as long as the process lives: `shop`, `provider`, `stranger`."""
    return Party(rsa.generate_private_key(65537, 2048))


def key_files(folder: Path, shop: str = "shop", provider: str = "provider") -> tuple[Path, Path]:
    """Files with the shop's private and the provider's public key."""
    folder.mkdir(parents=True, exist_ok=True)
    private, public = folder / f"{shop}.pem", folder / f"{provider}.pub.pem"
    private.write_bytes(party(shop).private_pem())
    public.write_bytes(party(provider).public_pem())
    return private, public
