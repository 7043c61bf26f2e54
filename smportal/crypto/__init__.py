"""Encryption before anything reaches the database: keyring, data keys, sealed fields.

Format of a sealed value: version (1 byte), data key id (16), nonce (12), AES-256-GCM ciphertext and tag.
Additional data binds it to version, model.field, row id and owner, so that a value moved to another
row, field or owner does not open. Any failure raises UnsealError: nothing is ever shown in its place.
"""
