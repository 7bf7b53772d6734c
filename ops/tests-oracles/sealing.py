"""Sealed bytes beside cryptography's AES-GCM and HPKE."""
import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from probe import b64, check, unb64


def key(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return base64.b64decode(file.read().strip(), validate=True)


def test_sealed_for_the_web_is_aes_gcm(ours, random, folder):
    ours.tell("seal.create", folder=folder)
    secret = key(folder, "seal.key")
    header = b"\x01" + hashlib.sha256(b"tradecraft sealing key 1" + secret).digest()[:4]
    for _ in range(100):
        plain, context = random.randbytes(random.randrange(0, 400)), f"totp:{random.randrange(10**6)}"
        sealed = unb64(ours.tell("seal.web", folder=folder, context=context, bytes=b64(plain))["bytes"])
        check(sealed[:5] == header)
        check(AESGCM(secret).decrypt(sealed[5:17], sealed[17:], header + context.encode()) == plain)
        nonce = random.randbytes(12)
        theirs = header + nonce + AESGCM(secret).encrypt(nonce, plain, header + context.encode())
        check(unb64(ours.tell("seal.open", folder=folder, context=context, bytes=b64(theirs))["bytes"]) == plain)
        check("error" in ours.ask("seal.open", folder=folder, context=context + "x", bytes=b64(theirs)))
        try:
            AESGCM(secret).decrypt(sealed[5:17], sealed[17:], header + b"another")
            check(False, "cryptography opens another context")
        except InvalidTag:
            pass


def test_public_halves_belong_to_their_keys(ours, random, folder):
    made = ours.tell("seal.create", folder=folder)["made"]
    check(sorted(made) == ["log.key", "log.pub", "mail.key", "mail.pub", "seal.key"], made)
    private = x25519.X25519PrivateKey.from_private_bytes(key(folder, "mail.key"))
    check(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) == key(folder, "mail.pub"))
    check(ours.tell("seal.create", folder=folder)["made"] == [])


def test_sealed_for_the_engine_is_hpke(ours, random, folder):
    ours.tell("seal.create", folder=folder)
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    private = x25519.X25519PrivateKey.from_private_bytes(key(folder, "mail.key"))
    header = b"\x01" + hashlib.sha256(key(folder, "mail.pub")).digest()[:4]
    info = b"tradecraft engine sealing 1" + header
    for _ in range(60):
        plain = random.randbytes(random.randrange(0, 2_000))
        sealed = unb64(ours.tell("seal.mail", folder=folder, context="mail", bytes=b64(plain))["bytes"])
        check(sealed[:5] == header)
        check(suite.decrypt(sealed[5:], private, info=info + b"mail") == plain)
        theirs = header + suite.encrypt(plain, private.public_key(), info=info + b"model")
        check(unb64(ours.tell("seal.engine", folder=folder, context="model", bytes=b64(theirs))["bytes"]) == plain)
        check("error" in ours.ask("seal.engine", folder=folder, context="mail", bytes=b64(theirs)))
        changed = bytearray(theirs)
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        check("error" in ours.ask("seal.engine", folder=folder, context="model", bytes=b64(changed)))
