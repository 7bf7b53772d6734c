"""An authenticator whose every byte can be bent."""
import hashlib
import json
import struct

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from probe import b64

ORIGIN, HOST = "http://localhost:8080", "localhost"
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


class Authenticator:
    def __init__(self, random, kind):
        self.random, self.kind = random, kind
        self.id, self.user = random.randbytes(random.randrange(16, 65)), random.randbytes(16)
        self.flags, self.count, self.extensions = UP | UV, random.choice([0, random.randrange(1, 2**31)]), None
        if random.random() < 0.4:
            self.flags |= random.choice([BE, BE | BS])
        if kind == "es256":
            self.key = ec.derive_private_key(random.randrange(1, 2**255), ec.SECP256R1())
            point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            self.cose = {1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}
        else:
            self.key = ed25519.Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
            self.cose = {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}

    def sign(self, data):
        return self.key.sign(data, ec.ECDSA(hashes.SHA256())) if self.kind == "es256" else self.key.sign(data)

    def data(self, creating, host=HOST, flags=0):
        flags = self.flags ^ flags
        if creating:
            flags ^= AT
        if self.extensions is not None:
            flags |= ED
        out = hashlib.sha256(host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)
        if creating:
            out += bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(self.cose)
        return out + (b"" if self.extensions is None else cbor2.dumps(self.extensions))

    def client(self, kind, challenge, origin=ORIGIN, **more):
        return json.dumps({"type": f"webauthn.{kind}", "challenge": b64(challenge), "origin": origin, **more}).encode()

    def answer(self, **response):
        name = b64(self.id)
        members = {key: value if isinstance(value, (str, list)) else b64(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": members, "clientExtensionResults": {}}

    def create(self, challenge, data=None, client=None, form="none", statement=None):
        item = {"fmt": form, "attStmt": statement or {}, "authData": self.data(True) if data is None else data}
        return self.answer(clientDataJSON=client or self.client("create", challenge), attestationObject=cbor2.dumps(item))

    def get(self, challenge, data=None, client=None, signature=None):
        data = self.data(False) if data is None else data
        client = client or self.client("get", challenge)
        signature = self.sign(data + hashlib.sha256(client).digest()) if signature is None else signature
        return self.answer(clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.user)
