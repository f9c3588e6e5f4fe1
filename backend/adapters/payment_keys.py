"""Key files of payment providers: PEM, or the bare base64 that Alipay's key tool writes, both as PEM in the end."""

from base64 import b64decode
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from backend.errors import SettingsError


def read_private_key(setting: str, path: Path) -> str:
    """The RSA private key in a file, as PKCS#8 in PEM. Raises SettingsError naming the setting and the file."""
    text = _text(setting, path)
    try:
        if _is_pem(text):
            key = serialization.load_pem_private_key(text, password=None)
        else:
            key = serialization.load_der_private_key(b64decode(text), password=None)
    except (ValueError, TypeError) as exc:
        raise SettingsError(setting, f"{path} holds no private key that can be read without a password") from exc
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(setting, f"{path} holds a key that is not RSA")
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def read_public_key(setting: str, path: Path, *, not_of: str) -> str:
    """The provider's RSA public key in a file, in PEM.

    `not_of` is our own private key in PEM: whoever gives its public half has mixed them up. Raises SettingsError.
    """
    text = _text(setting, path)
    try:
        if _is_pem(text):
            key = serialization.load_pem_public_key(text)
        else:
            key = serialization.load_der_public_key(b64decode(text))
    except ValueError as exc:
        raise SettingsError(setting, f"{path} holds no public key (a certificate is none)") from exc
    if not isinstance(key, RSAPublicKey):
        raise SettingsError(setting, f"{path} holds a key that is not RSA")
    own = serialization.load_pem_private_key(not_of.encode(), password=None)
    if isinstance(own, RSAPrivateKey) and own.public_key().public_numbers() == key.public_numbers():
        raise SettingsError(setting, f"{path} holds your own public key: the provider's is needed, from its console")
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _text(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as exc:
        raise SettingsError(setting, f"{path} cannot be read: {exc.strerror}") from exc


def _is_pem(text: bytes) -> bool:
    return text.startswith(b"-----BEGIN ")
