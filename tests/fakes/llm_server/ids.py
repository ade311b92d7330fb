"""Identifiers and signatures as providers make them, the same in every run."""

from __future__ import annotations

import base64
import hashlib

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _digest(*parts: object) -> bytes:
    return hashlib.sha512("\0".join(map(str, parts)).encode()).digest()


def made(prefix: str, *parts: object, length: int = 24) -> str:
    return prefix + "".join(LETTERS[byte % len(LETTERS)] for byte in _digest(prefix, *parts)[:length])


def signature(*parts: object, blocks: int = 3) -> str:
    """Base64 of `blocks` * 64 bytes, with the characters that careless clients break: + / =."""
    data = b"".join(_digest("signature", number, *parts) for number in range(blocks))
    return base64.b64encode(data).decode()
