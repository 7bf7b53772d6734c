"""The transparency log beside pymerkle and cryptography's Ed25519."""
import base64
import hashlib

import pymerkle
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from probe import b64, check, unb64


def entries(random, size):
    return [random.randbytes(random.randrange(0, 80)) for _ in range(size)]


def sizes(random):
    return list(range(1, 34)) + [63, 64, 65, 127, 128, 129] + [random.randrange(130, 400) for _ in range(4)]


def test_roots_are_those_of_pymerkle(ours, random, folder):
    check(unb64(ours.tell("merkle.tree", entries=[])["root"]) == pymerkle.InmemoryTree().get_root(0))
    for size in sizes(random):
        items = entries(random, size)
        theirs = pymerkle.InmemoryTree.init_from_entries(items, algorithm="sha256")
        check(unb64(ours.tell("merkle.tree", entries=[b64(item) for item in items])["root"]) == theirs.get_root(), size)


def test_inclusion_proofs_hold_both_ways(ours, random, folder):
    for size in sizes(random):
        items = entries(random, size)
        texts = [b64(item) for item in items]
        theirs = pymerkle.InmemoryTree.init_from_entries(items, algorithm="sha256")
        root = theirs.get_root()
        for leaf in {0, size - 1, random.randrange(size)}:
            proof = [unb64(text) for text in ours.tell("merkle.inclusion", entries=texts, leaf=leaf)["proof"]]
            path = theirs.prove_inclusion(leaf + 1, size)
            # pymerkle's path begins with the leaf itself.
            check(proof == path.path[1:], size, leaf)
            path.path = path.path[:1] + proof
            pymerkle.verify_inclusion(theirs.get_leaf(leaf + 1), root, path, index=leaf + 1, size=size)

            def holds(proof, leaf=leaf, size=size, root=root, entry=texts[leaf]):
                return ours.tell("merkle.is_included", entry=entry, leaf=leaf, size=size, root=b64(root),
                                 proof=[b64(item) for item in proof])["is_valid"]
            check(holds(path.path[1:]), size, leaf)
            check(not holds(path.path[1:] + [root]), size, leaf)
            check(not holds(path.path[1:], root=hashlib.sha256(root).digest()), size, leaf)
            if proof:
                wrong = list(proof)
                wrong[random.randrange(len(wrong))] = random.randbytes(32)
                check(not holds(wrong), size, leaf)
                broken = theirs.prove_inclusion(leaf + 1, size)
                broken.path = broken.path[:1] + wrong
                try:
                    pymerkle.verify_inclusion(theirs.get_leaf(leaf + 1), root, broken)
                    check(False, "pymerkle takes a wrong path")
                except pymerkle.InvalidProof:
                    pass


def root(items):
    return pymerkle.InmemoryTree.init_from_entries(items, algorithm="sha256").get_root()


def definition(items, old, is_root=True):
    """SUBPROOF of RFC 6962, 2.1.2."""
    if old == len(items):
        return [] if is_root else [root(items)]
    half = 1 << ((len(items) - 1).bit_length() - 1)
    if old <= half:
        return definition(items[:half], old, is_root) + [root(items[half:])]
    return definition(items[half:], old - half, False) + [root(items[:half])]


def test_consistency_proofs_hold_both_ways(ours, random, folder):
    for size in sizes(random):
        items = entries(random, size)
        texts = [b64(item) for item in items]
        theirs = pymerkle.InmemoryTree.init_from_entries(items, algorithm="sha256")
        for old in {1, size, random.randint(1, size), random.randint(1, size), 1 << (size.bit_length() - 1)}:
            proof = [unb64(text) for text in ours.tell("merkle.consistency", entries=texts, old=old)["proof"]]
            old_root, new_root = theirs.get_root(old), theirs.get_root(size)
            # pymerkle cuts its paths into other pieces, so the two roots are compared by its own proof, and ours with
            # the definition over roots of pymerkle.
            pymerkle.verify_consistency(old_root, new_root, theirs.prove_consistency(old, size), prior_size=old, later_size=size)
            check(proof == definition(items, old), size, old)

            def holds(proof, old_root=old_root, new_root=new_root, old=old, size=size):
                return ours.tell("merkle.is_consistent", old=old, old_root=b64(old_root), new=size, new_root=b64(new_root),
                                 proof=[b64(item) for item in proof])["is_valid"]
            check(holds(proof), size, old)
            check(not holds(proof + [new_root]), size, old)
            check(not holds(proof, old_root=random.randbytes(32)), size, old)
            check(not holds(proof, new_root=random.randbytes(32)), size, old)


def test_checkpoints_are_signed_as_the_format_says(ours, random, folder):
    for _ in range(60):
        seed, root, size = random.randbytes(32), random.randbytes(32), random.randrange(0, 2**40)
        origin = "".join(random.choice("abcé./-0") for _ in range(random.randrange(1, 30)))
        key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        number = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
        answer = ours.tell("checkpoint.sign", seed=b64(seed), origin=origin, size=size, root=b64(root), number=size % 97,
                           time="2026-01-31T12:00:00.250Z")
        check(answer["key"] == f"{origin}+{number.hex()}+{base64.b64encode(bytes([1]) + public).decode()}")
        text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ncheckpoint {size % 97}\ntime 2026-01-31T12:00:00.250Z\n"
        line = f"\u2014 {origin} {base64.b64encode(number + key.sign(text.encode())).decode()}\n"
        # Ed25519 is deterministic, so both write the same note.
        check(answer["note"] == text + "\n" + line, answer["note"])
        signature = base64.b64decode(answer["note"].splitlines()[-1].split(" ")[2])[4:]
        key.public_key().verify(signature, text.encode())
        check(ours.tell("checkpoint.verify", key=answer["key"], note=text + "\n" + line)["size"] == size)
        changed = text.replace(f"\n{size}\n", f"\n{size + 1}\n")
        check(ours.tell("checkpoint.verify", key=answer["key"], note=changed + "\n" + line)["size"] is None)
        try:
            key.public_key().verify(signature, changed.encode())
            check(False, "cryptography takes a wrong signature")
        except InvalidSignature:
            pass
