"""Keyed digests: the same input is found again, and nobody without the key can tell."""

import hashlib
import secrets

import pytest
from pytest_django import Settings

from smportal.crypto.digests import digest_matches, keyed_digest, ssn_digest, ssn_digests
from smportal.crypto.errors import KeyUnavailableError

SSN = "000123456"


def test_an_ssn_is_found_again_under_its_pepper(settings: Settings) -> None:
    pepper_id, digest = ssn_digest(SSN)
    assert (pepper_id, len(digest)) == ("test1", 32)
    assert ssn_digest(SSN) == (pepper_id, digest)
    assert ssn_digest("000123457")[1] != digest
    assert digest != hashlib.sha256(SSN.encode()).digest()
    settings.SSN_PEPPERS = {"newer": secrets.token_bytes(32), **settings.SSN_PEPPERS}
    assert ssn_digest(SSN)[0] == "newer"
    assert [name for name, _ in ssn_digests(SSN)] == ["newer", "test1"]
    assert ("test1", digest) in ssn_digests(SSN)


@pytest.mark.parametrize("wrong", ["", "00012345", "0001234567", "000-12-345", "٠٠٠١٢٣٤٥٦", "00012345\n", " 00012345"])
def test_anything_but_nine_digits_is_refused_without_showing_it(wrong: str) -> None:
    for function in (ssn_digest, ssn_digests):
        with pytest.raises(ValueError, match=r"^an SSN has nine digits$"):
            function(wrong)


def test_a_digest_matches_its_own_purpose_and_data_only() -> None:
    digest = keyed_digest("send", b"one")
    assert digest_matches("send", b"one", digest)
    assert not digest_matches("send", b"two", digest)
    assert not digest_matches("feed", b"one", digest)
    assert not digest_matches("send", b"one", digest[:-1] + bytes([digest[-1] ^ 1]))


def test_a_digest_outlives_the_rotation_of_field_and_audit_keys(settings: Settings) -> None:
    digest = keyed_digest("send", b"one")
    settings.FIELD_KEYS = {"another": secrets.token_bytes(32)}
    settings.AUDIT_KEYS = {"newer": secrets.token_bytes(32), **settings.AUDIT_KEYS}
    assert keyed_digest("send", b"one") != digest
    assert digest_matches("send", b"one", digest)
    settings.AUDIT_KEYS = {"newer": settings.AUDIT_KEYS["newer"]}
    for unknown in (digest, b"", b"x" * 10, b"y" * 64):
        with pytest.raises(KeyUnavailableError):
            digest_matches("send", b"one", unknown)
