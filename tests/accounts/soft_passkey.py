"""A passkey in software: real keys and signatures, so that the server checks what it would check."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

ORIGIN = "http://localhost"


@dataclass
class SoftPasskey:
    """One credential. `counter` goes up with each signature, as in a security key."""

    origin: str = ORIGIN
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str = ""

    def _client_data(self, kind: str, challenge: Any) -> bytes:
        data = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(data).encode()

    def _authenticator_data(
        self, rp_id: str, flags: AuthenticatorData.FLAG, attested: AttestedCredentialData | None
    ) -> AuthenticatorData:
        digest = hashlib.sha256(rp_id.encode()).digest()
        data: AuthenticatorData = AuthenticatorData.create(digest, flags, self.counter, attested or b"")
        return data

    def register(self, options: Any) -> str:
        """Return the answer to creation options, as the page posts it."""
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        cose = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        attested = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, cose)
        present_verified_attested = AuthenticatorData.FLAG(0x45)
        data = self._authenticator_data(public["rp"]["id"], present_verified_attested, attested)
        return self._answer(
            {
                "clientDataJSON": websafe_encode(self._client_data("create", public["challenge"])),
                "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
                "transports": ["internal"],
            },
            {"credProps": {"rk": True}},
        )

    def sign(self, options: Any) -> str:
        """Return the answer to request options, with the counter one higher."""
        public = options["publicKey"]
        self.counter += 1
        present_verified = AuthenticatorData.FLAG(0x05)
        data = self._authenticator_data(public["rpId"], present_verified, None)
        client_data = self._client_data("get", public["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client_data),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signed),
                "userHandle": self.user_handle,
            },
            {},
        )

    def _answer(self, response: dict[str, Any], extensions: dict[str, Any]) -> str:
        name = websafe_encode(self.credential_id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "authenticatorAttachment": "platform",
                "clientExtensionResults": extensions,
                "response": response,
            }
        )
