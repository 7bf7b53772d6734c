"""Passkeys beside py_webauthn: what both accept is the same, what either refuses is refused by ours.

Ours is stricter in these, and in nothing else that is tried here:
- a key must have exactly the members of its kind, agree with its algorithm and be a point on its curve, at registration;
- RS256 and other algorithms than ES256 and EdDSA are not taken;
- reserved forms of CBOR (indefinite lengths, longer forms than needed, a key twice) are refused;
- `crossOrigin` must not be true, and assertions carry no credential;
- eligibility for backup does not change after registration.
It is laxer in one: the names of attestation formats other than `none` are not looked at, nor their statements.
"""
import json

import cbor2
import webauthn
from authenticator import AT, BE, BS, ED, HOST, ORIGIN, UP, UV, Authenticator
from probe import b64, check, unb64
from webauthn.helpers import options_to_json, parse_authentication_options_json, parse_registration_options_json
from webauthn.helpers.exceptions import WebAuthnException

KINDS = ("es256", "eddsa")


def their_registration(answer, challenge, origin=ORIGIN):
    """What py_webauthn makes of it, or None when it refuses."""
    try:
        return webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=HOST, expected_origin=origin, require_user_verification=True)
    except WebAuthnException:
        return None


def their_assertion(answer, challenge, key, count):
    try:
        return webauthn.verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=HOST, expected_origin=ORIGIN,
            credential_public_key=key, credential_current_sign_count=count, require_user_verification=True)
    except WebAuthnException:
        return None


def our_registration(ours, answer, challenge):
    return ours.ask("passkey.register", origin=ORIGIN, challenge=b64(challenge), response=answer)


def our_assertion(ours, answer, challenge, device, key, count):
    return ours.ask("passkey.assert", origin=ORIGIN, challenge=b64(challenge), response=answer, id=b64(device.id), key=b64(key),
                    count=count, is_eligible=bool(device.flags & BE), user=b64(device.user))


def test_options_are_read_by_webauthn(ours, random, folder):
    for number in range(20):
        user, existing = random.randbytes(16), [random.randbytes(20) for _ in range(number % 3)]
        create = ours.tell("passkey.create", origin=ORIGIN, user=b64(user), existing=[b64(item) for item in existing])
        theirs = parse_registration_options_json(json.dumps(create))
        check(theirs.rp.id == HOST and theirs.user.id == user and [item.id for item in theirs.exclude_credentials] == existing, create)
        check([item.alg for item in theirs.pub_key_cred_params] == [-7, -8] and len(theirs.challenge) == 32, create)
        check(theirs.authenticator_selection.user_verification == "required" and theirs.attestation == "none", create)
        # py_webauthn leaves the transports of excluded credentials out when it writes; all else comes back the same.
        back = json.loads(options_to_json(theirs))
        for name in ("rp", "user", "challenge", "pubKeyCredParams", "timeout", "attestation", "authenticatorSelection"):
            check(back[name] == create[name], name, back[name], create[name])
        get = ours.tell("passkey.get", origin=ORIGIN, allowed=[b64(item) for item in existing])
        theirs = parse_authentication_options_json(json.dumps(get))
        check(theirs.rp_id == HOST and theirs.user_verification == "required" and len(theirs.challenge) == 32, get)
        check([item.id for item in theirs.allow_credentials or []] == existing, get)


def test_registrations_and_logins_agree(ours, random, folder):
    for number in range(120):
        device = Authenticator(random, KINDS[number % 2])
        if random.random() < 0.3:
            device.extensions = {"credProtect": 2, "hmac-secret": True}
        challenge = random.randbytes(32)
        answer = device.create(challenge)
        theirs, made = their_registration(answer, challenge), our_registration(ours, answer, challenge)
        check(theirs is not None and "refusal" not in made, answer, made)
        check(unb64(made["id"]) == theirs.credential_id == device.id)
        check(unb64(made["key"]) == theirs.credential_public_key)
        check(made["count"] == theirs.sign_count == device.count)
        check(made["is_backed_up"] == theirs.credential_backed_up)
        check(made["is_eligible"] == (theirs.credential_device_type.value == "multi_device"))
        check(made["aaguid"] == theirs.aaguid.replace("-", ""))
        device.extensions = None
        stored = device.count
        for _ in range(3):
            device.count = max(0, device.count + random.choice([-1, 0, 1, 5]))
            challenge = random.randbytes(32)
            answer = device.get(challenge)
            proof = our_assertion(ours, answer, challenge, device, unb64(made["key"]), stored)
            theirs = their_assertion(answer, challenge, unb64(made["key"]), stored)
            check((theirs is not None) == ("refusal" not in proof), stored, device.count, proof)
            if theirs is None:
                check(proof["refusal"] == "counterWentBack", proof)
            else:
                check(proof["count"] == theirs.new_sign_count and proof["is_backed_up"] == theirs.credential_backed_up, proof)
                stored = device.count


def test_what_breaks_one_rule_is_refused_by_both(ours, random, folder):
    for kind in KINDS:
        for _ in range(12):
            device = Authenticator(random, kind)
            device.flags = UP | UV
            device.count = 7
            challenge, other = random.randbytes(32), random.randbytes(32)
            broken = {
                "wrongChallenge": [device.create(other)],
                "wrongType": [device.create(challenge, client=device.client("get", challenge))],
                "wrongOrigin": [device.create(challenge, client=device.client("create", challenge, origin=origin))
                                for origin in ("http://localhost:8081", "https://localhost:8080", "http://evil.example")],
                "wrongRelyingParty": [device.create(challenge, data=device.data(True, host="evil.example"))],
                "userNotPresent": [device.create(challenge, data=device.data(True, flags=UP))],
                "userNotVerified": [device.create(challenge, data=device.data(True, flags=UV))],
                "backupFlags": [device.create(challenge, data=device.data(True, flags=BS))],
                "malformed": [device.create(challenge, data=device.data(True) + b"\0"), device.create(challenge, data=device.data(True)[:-1]),
                              device.create(challenge, data=device.data(True, flags=AT)), device.create(challenge, data=device.data(True, flags=ED)),
                              device.create(challenge, data=b"")],
                "attestation": [device.create(challenge, statement={"alg": -7})],
            }
            for refusal, answers in broken.items():
                for answer in answers:
                    made = our_registration(ours, answer, challenge)
                    check(made.get("refusal") == refusal, refusal, made)
                    check(their_registration(answer, challenge) is None, refusal, answer)
            key = unb64(our_registration(ours, device.create(challenge), challenge)["key"])
            device.count = 8
            thief = Authenticator(random, kind)
            thief.id, thief.user, thief.flags, thief.count = device.id, device.user, device.flags, device.count
            data = device.data(False)
            broken = {
                "wrongChallenge": [device.get(other)],
                "wrongType": [device.get(challenge, client=device.client("create", challenge))],
                "wrongOrigin": [device.get(challenge, client=device.client("get", challenge, origin="http://localhost:9999"))],
                "wrongRelyingParty": [device.get(challenge, data=device.data(False, host="evil.example"))],
                "userNotPresent": [device.get(challenge, data=device.data(False, flags=UP))],
                "userNotVerified": [device.get(challenge, data=device.data(False, flags=UV))],
                "backupFlags": [device.get(challenge, data=device.data(False, flags=BS))],
                "malformed": [device.get(challenge, data=data + b"\0"), device.get(challenge, data=data[:-1]), device.get(challenge, data=b"")],
                "badSignature": [thief.get(challenge), device.get(challenge, signature=b""), device.get(challenge, signature=device.sign(b"another")),
                                 device.get(challenge, data=data[:36] + bytes([9]), signature=device.get(challenge)["response"]["signature"])],
            }
            for refusal, answers in broken.items():
                for answer in answers:
                    made = our_assertion(ours, answer, challenge, device, key, 7)
                    check(made.get("refusal") == refusal, refusal, made)
                    check(their_assertion(answer, challenge, key, 7) is None, refusal, answer)
            check("refusal" not in our_assertion(ours, device.get(challenge), challenge, device, key, 7))
            check(their_assertion(device.get(challenge), challenge, key, 7) is not None)


def mutated(random, data):
    data = bytearray(data)
    for _ in range(random.randrange(1, 3)):
        place = random.randrange(len(data) + 1)
        choice = random.randrange(4)
        if choice == 0 and place < len(data):
            data[place] ^= 1 << random.randrange(8)
        elif choice == 1 and place < len(data):
            data[place] = random.randrange(256)
        elif choice == 2:
            data.insert(place, random.randrange(256))
        elif place < len(data):
            del data[place]
    return bytes(data)


def test_mutated_registrations_are_taken_by_both_or_by_theirs(ours, random, folder):
    stricter = same = 0
    for number in range(700):
        device = Authenticator(random, KINDS[number % 2])
        challenge = random.randbytes(32)
        answer = device.create(challenge)
        part = random.choice(["attestationObject", "attestationObject", "clientDataJSON"])
        answer["response"][part] = b64(mutated(random, unb64(answer["response"][part])))
        made = our_registration(ours, answer, challenge)
        try:
            theirs = their_registration(answer, challenge)
        except Exception:  # py_webauthn has faults of its own on bytes like these
            theirs = None
        if "refusal" in made:
            stricter += theirs is not None
        elif cbor2.loads(unb64(answer["response"]["attestationObject"]))["fmt"] == "none":
            check(theirs is not None, "ours takes what py_webauthn refuses", answer, made)
            check(unb64(made["key"]) == theirs.credential_public_key and made["count"] == theirs.sign_count, answer)
            same += 1
    print(f"     {same} taken by both, {stricter} by py_webauthn alone, {700 - same - stricter} by none")


def test_mutated_logins_are_taken_by_none(ours, random, folder):
    theirs_alone = 0
    for number in range(700):
        device = Authenticator(random, KINDS[number % 2])
        challenge = random.randbytes(32)
        key = unb64(our_registration(ours, device.create(challenge), challenge)["key"])
        device.count += 1
        answer = device.get(challenge)
        part = random.choice(["authenticatorData", "clientDataJSON", "signature"])
        before = unb64(answer["response"][part])
        after = mutated(random, before)
        if after == before:
            continue
        answer["response"][part] = b64(after)
        proof = our_assertion(ours, answer, challenge, device, key, device.count - 1)
        check("refusal" in proof, part, answer, proof)
        try:
            theirs_alone += their_assertion(answer, challenge, key, device.count - 1) is not None
        except Exception:  # as above
            pass
    check(theirs_alone == 0, "py_webauthn takes", theirs_alone)
