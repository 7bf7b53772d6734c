"""One-time codes beside pyotp, password hashes beside argon2-cffi, QR codes beside zxing-cpp."""
import datetime
import urllib.parse

import argon2
import pyotp
import zxingcpp
from probe import check


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def test_codes_are_those_of_pyotp(ours, random, folder):
    for _ in range(1_000):
        secret = ours.tell("totp.make")["secret"] if random.random() < 0.5 else pyotp.random_base32()
        at = random.choice([random.randrange(0, 2**32), random.randrange(2**32, 2**37), random.randrange(0, 60)])
        theirs = pyotp.TOTP(secret)
        code = ours.tell("totp.code", secret=secret, time=at)["code"]
        check(code == theirs.at(at), secret, at)
        # Theirs in ours, ours in theirs, at every distance around the window.
        for distance in (-61, -60, -31, -30, -1, 0, 1, 29, 30, 31, 59, 60, 61):
            now = at + distance
            if now < 30:
                continue
            step = ours.tell("totp.verify", secret=secret, code=theirs.at(at), time=now, last=0)["step"]
            # Ours never accepts step 0, which was in 1970.
            expected = theirs.verify(code, for_time=moment(now), valid_window=1)
            check((step is not None) == expected or at // 30 == 0, secret, at, now, step)


def test_wrong_codes_are_wrong_for_both(ours, random, folder):
    agreed = 0
    for _ in range(1_500):
        secret = pyotp.random_base32()
        at = random.randrange(10**9, 2 * 10**9)
        code = f"{random.randrange(10**6):06d}"
        theirs = pyotp.TOTP(secret).verify(code, for_time=moment(at), valid_window=1)
        step = ours.tell("totp.verify", secret=secret, code=code, time=at, last=0)["step"]
        check((step is not None) == theirs, secret, at, code)
        agreed += 1
    check(agreed == 1_500)


def test_addresses_are_read_by_pyotp(ours, random, folder):
    letters = "ab1 @.&=?#/%+é😀'\"<>"
    for _ in range(300):
        secret = pyotp.random_base32()
        issuer = "T" + "".join(random.choice(letters) for _ in range(random.randrange(1, 12))) + "x"
        account = "a" + "".join(random.choice(letters) for _ in range(random.randrange(1, 30))) + "z"
        address = ours.tell("totp.address", issuer=issuer, account=account, secret=secret)["address"]
        theirs = pyotp.parse_uri(address)
        check((theirs.issuer, theirs.name, theirs.secret) == (issuer, account, secret), address)
        # And pyotp writes the same label and issuer.
        path = urllib.parse.urlsplit(theirs.provisioning_uri()).path
        check(urllib.parse.unquote(path) == urllib.parse.unquote(urllib.parse.urlsplit(address).path), address)


def test_qr_codes_are_read_by_zxing(ours, random, folder):
    for length in (1, 5, 40, 120, 300, 900):
        for _ in range(4):
            secret = pyotp.random_base32()
            account = "".join(random.choice("abcdefghij@.é😀") for _ in range(length))
            address = ours.tell("totp.address", issuer="Tradecraft", account=account, secret=secret)["address"]
            if len(address) > 2_300:
                address = address[:2_300]
            rows = ours.tell("qr", text=address)
            scale, quiet = 4, 4
            side = (len(rows) + 2 * quiet) * scale
            image = bytearray(b"\xff" * (side * side))
            for y, row in enumerate(rows):
                check(len(row) == len(rows), "a code is square")
                for x, module in enumerate(row):
                    if module == "#":
                        for line in range(scale):
                            start = ((y + quiet) * scale + line) * side + (x + quiet) * scale
                            image[start:start + scale] = bytes(scale)
            found = zxingcpp.read_barcodes(memoryview(bytes(image)).cast("B", (side, side)), formats=zxingcpp.BarcodeFormat.QRCode)
            check([code.text for code in found] == [address], address, [code.text for code in found])


def test_argon2_hashes_verify_both_ways(ours, random, folder):
    hasher = argon2.PasswordHasher()
    for number in range(24):
        password = "".join(random.choice("abc XYZ 019 éß😀漢\u0301") for _ in range(random.randrange(0, 60)))
        made = ours.tell("argon2.make", password=password)["hash"]
        check(hasher.verify(made, password), made)
        parameters = argon2.extract_parameters(made)
        check((parameters.memory_cost, parameters.time_cost, parameters.parallelism, parameters.hash_len, parameters.salt_len)
              == (19456, 2, 1, 32, 16), made)
        try:
            hasher.verify(made, password + "x")
            check(False, "argon2-cffi takes a wrong password")
        except argon2.exceptions.VerifyMismatchError:
            pass
        lanes = random.randrange(1, 5)
        theirs = argon2.PasswordHasher(
            time_cost=random.randrange(1, 4), memory_cost=random.randrange(8 * lanes, 20_000), parallelism=lanes,
            hash_len=random.randrange(16, 65), salt_len=random.randrange(8, 65)).hash(password)
        check(ours.tell("argon2.verify", password=password, hash=theirs)["is_valid"], theirs)
        check(not ours.tell("argon2.verify", password=password + "x", hash=theirs)["is_valid"], theirs)
    # Ours is stricter here: other variants and costs beyond our bounds are never computed.
    for kind in (argon2.Type.I, argon2.Type.D):
        other = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=kind).hash("x")
        check("error" in ours.ask("argon2.verify", password="x", hash=other), other)
