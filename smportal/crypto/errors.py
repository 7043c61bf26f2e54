"""What goes wrong with keys and sealed values."""


class CryptoError(Exception):
    """Base of all; the text never holds key material, plaintext or ciphertext."""


class UnsealError(CryptoError):
    """A sealed value does not open: tampered, moved, truncated, or not sealed at all."""


class KeyUnavailableError(CryptoError):
    """The key-encryption key is not there or its provider does not answer."""
