"""Counts a sealed ballot box again, by itself: ``python recount.py FILE``.

It needs Python 3.11 and nothing else; it shares no line with the program that held the vote, so
that an error or a lie there does not repeat itself here. Two scrutineers type the codes of
their shares (or feed them in, one to a line). It checks that the rules, the ballots and the
receipts are those of the signed statement, opens every ballot, judges and counts it, prints the
result as JSON and its SHA-256, and ends with 0 only if that is the published one.

Sources: HPKE base mode RFC 9180, X25519 RFC 7748, ChaCha20-Poly1305 RFC 8439, HKDF RFC 5869,
tree hash RFC 6962 section 2.1, secret sharing Shamir 1979 over the largest prime below 2**256.
"""

# ruff: noqa: T201, PLR2004  (one page that talks to a terminal)

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
import sys
from collections import Counter
from pathlib import Path
from typing import Any

PRIME = 2**256 - 189
CURVE = 2**255 - 19
WORD = b"linxuan/ballot/1\0"
NAME_LENGTH = 20


class Refused(Exception):
    """The file, a share or a ballot is not what it must be."""


def canonical(value: Any) -> bytes:
    """Sorted, compact JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


# --- the key -------------------------------------------------------------------------------


def read_share(event: str, code: str) -> tuple[int, int]:
    """Number and value of a share."""
    fixes = str.maketrans({"0": "O", "1": "I", "8": "B"})
    letters = re.sub(r"[\s\-–—]", "", code).upper().translate(fixes)
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError as error:
        raise Refused("a share code cannot be read") from error
    if len(raw) != 37 or sha(b"share code" + event.encode() + raw[:33])[:4] != raw[33:]:
        raise Refused("a share code is mistyped or belongs to another vote")
    return raw[0], int.from_bytes(raw[1:33], "big")


def join_shares(points: dict[int, int]) -> bytes:
    """Lagrange interpolation at 0."""
    secret = 0
    for x, y in points.items():
        for other in points:
            if other != x:
                y = y * other * pow(other - x, -1, PRIME) % PRIME  # noqa: PLW2901
        secret += y
    return (secret % PRIME).to_bytes(32, "big")


# --- HPKE: one suite, base mode, one message -------------------------------------------------


def x25519(scalar: bytes, point: bytes) -> bytes:
    """Montgomery ladder of RFC 7748 section 5."""
    k = int.from_bytes(scalar, "little") & ~(7 | 1 << 255) | 1 << 254
    x1 = int.from_bytes(point, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for bit in range(254, -1, -1):
        now = k >> bit & 1
        if now != swapped:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % CURVE, b * b % CURVE, d * a % CURVE, c * b % CURVE
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % CURVE, x1 * (da - cb) ** 2 % CURVE
        x2, z2 = aa * bb % CURVE, e * (aa + 121665 * e) % CURVE
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, CURVE - 2, CURVE) % CURVE).to_bytes(32, "little")


def extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    """LabeledExtract of RFC 9180 section 4."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256")


def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of RFC 9180 section 4, at most 32 bytes."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labeled + b"\1", "sha256")[:length]


def hpke_open(private: bytes, message: bytes, info: bytes, aad: bytes = b"") -> bytes:
    """Decrypt ``enc ‖ ciphertext`` sent to the private key."""
    public, sent = x25519(private, (9).to_bytes(32, "little")), message[:32]
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\3"
    shared = x25519(private, sent)
    if not any(shared):
        raise Refused("the sender's key is no point")
    eae = extract(kem, b"", b"eae_prk", shared)
    secret = expand(kem, eae, b"shared_secret", sent + public, 32)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"")
    context += extract(suite, b"", b"info_hash", info)
    main = extract(suite, secret, b"secret", b"")
    key = expand(suite, main, b"key", context, 32)
    return aead_open(key, expand(suite, main, b"base_nonce", context, 12), message[32:], aad)


def block(key: tuple[int, ...], counter: int, nonce: tuple[int, ...]) -> bytes:
    """One block of ChaCha20, RFC 8439 section 2.3."""
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *key, counter, *nonce]
    s = list(start)
    columns = [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)]
    diagonals = [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]
    for _ in range(10):
        for a, b, c, d in columns + diagonals:
            for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[x] = s[x] + s[y] & 0xFFFFFFFF
                mixed = s[z] ^ s[x]
                s[z] = (mixed << turn | mixed >> 32 - turn) & 0xFFFFFFFF
    return struct.pack("<16I", *(a + b & 0xFFFFFFFF for a, b in zip(s, start, strict=True)))


def aead_open(key: bytes, nonce: bytes, message: bytes, aad: bytes) -> bytes:
    """Decrypt and authenticate, RFC 8439 section 2.8."""
    words, tail = struct.unpack("<8I", key), struct.unpack("<3I", nonce)
    text, tag = message[:-16], message[-16:]
    first = block(words, 0, tail)
    r = int.from_bytes(first[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    padded = b"".join(part + bytes(-len(part) % 16) for part in (aad, text))
    padded += struct.pack("<QQ", len(aad), len(text))
    total = 0
    for at in range(0, len(padded), 16):
        total = (total + int.from_bytes(padded[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    total += int.from_bytes(first[16:32], "little")
    if not hmac.compare_digest((total & 2**128 - 1).to_bytes(16, "little"), tag):
        raise Refused("sealed_wrong")
    stream = b"".join(block(words, 1 + n, tail) for n in range(-(-len(text) // 64)))
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))


# --- one ballot ------------------------------------------------------------------------------


def open_ballot(data: dict[str, Any], private: bytes, row: list[str]) -> dict[str, Any] | str:
    """The ballot of a row, or the code of why it cannot be one."""
    event = data["event"].encode()
    try:
        plain = hpke_open(private, base64.b64decode(row[0]), WORD + event)
    except Refused:
        return "sealed_wrong"
    content = plain[36 : 36 + int.from_bytes(plain[32:36], "big")]
    rules = sha(canonical(data["rules"]))
    if sha(WORD + sha(event) + rules + plain[:32] + content).hex() != row[1]:
        return "commitment_wrong"
    try:
        ballot = json.loads(content)
    except ValueError:
        return "ballot_unreadable"
    return ballot if readable(ballot, content) else "ballot_unreadable"


def readable(ballot: Any, content: bytes) -> bool:
    """Whether it has the one form a ballot can have."""
    if not isinstance(ballot, dict) or ballot.keys() != {"marks", "write_ins"}:
        return False
    marks, names = ballot["marks"], ballot["write_ins"]
    if not isinstance(marks, dict) or not isinstance(names, list):
        return False
    texts = [*marks.values(), *names]
    if not all(isinstance(text, str) for text in texts) or names != sorted(names):
        return False
    return canonical(ballot) == content


def fault(rules: dict[str, Any], ballot: dict[str, Any]) -> str | None:
    """The first rule a ballot breaks, in the order of the rules."""
    marks, names = ballot["marks"], ballot["write_ins"]
    ids = [each["id"] for each in rules["candidates"]]
    codes = [each["code"] for each in rules["options"]]
    if any(key not in ids for key in marks) or any(mark not in codes for mark in marks.values()):
        return "ballot_mark_unknown"
    full = len(marks) == len(ids)
    if rules["blank"] is None and not full:
        return "ballot_line_blank"
    if not rules["all_equal"] and len(ids) > 1 and full and len(set(marks.values())) == 1:
        return "ballot_all_equal"
    for option in rules["options"]:
        given = sum(mark == option["code"] for mark in marks.values())
        given += len(names) if rules["write_in_as"] == option["code"] else 0
        if option["most"] is not None and given > option["most"]:
            return "ballot_too_many_marks"
        if given < option["least"]:
            return "ballot_too_few_marks"
    return name_fault(rules, marks, names)


def name_fault(rules: dict[str, Any], marks: dict[str, str], names: list[str]) -> str | None:
    """The first rule the written names break."""
    if len(names) > rules["write_ins"]:
        return "ballot_write_ins_too_many"
    good = all(0 < len(name) <= NAME_LENGTH and name.isprintable() for name in names)
    if len(set(names)) != len(names) or not good:
        return "ballot_write_in_wrong"
    if any(each["name"] in names for each in rules["candidates"]):
        return "ballot_write_in_listed"
    against = rules["write_in_against"]
    if against is not None and len(names) > sum(mark == against for mark in marks.values()):
        return "ballot_write_in_needs_against"
    return None


# --- all ballots -----------------------------------------------------------------------------


def tree(leaves: list[bytes]) -> bytes:
    """Tree hash of RFC 6962."""
    if len(leaves) < 2:
        return sha(b"\0" + leaves[0]) if leaves else sha(b"")
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha(b"\1" + tree(leaves[:half]) + tree(leaves[half:]))


def totals(rules: dict[str, Any], ballots: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Candidate → option → number."""
    codes = [each["code"] for each in rules["options"]]
    codes += [rules["blank"]] if rules["blank"] is not None else []
    return {
        each["id"]: {
            code: sum(ballot["marks"].get(each["id"], rules["blank"]) == code for ballot in ballots)
            for code in codes
        }
        for each in rules["candidates"]
    }


def covered(rules: dict[str, Any], sizes: Counter[str]) -> list[str]:
    """Classes too small to be shown, and those that would give a single one away."""
    order = sorted((sizes[name], name) for name in rules["classes"] if sizes[name])
    small = [name for size, name in order if size < rules["class_minimum"]]
    if not small:
        return []
    found = len(small)
    while found < len(order) and (
        found < 2 or sum(size for size, _ in order[:found]) < rules["class_minimum"]
    ):
        found += 1
    return sorted(name for _, name in order[:found])


def count_box(rules: dict[str, Any], opened: list[tuple[Any, str]]) -> dict[str, Any]:
    """The totals of the electronic box."""
    reasons, good = [], []
    for ballot, group in opened:
        reason = ballot if isinstance(ballot, str) else fault(rules, ballot)
        if reason is None:
            good.append((ballot, group))
        else:
            reasons.append(reason)
    sizes = Counter(group for _, group in opened)
    secret = covered(rules, sizes)
    classes = {}
    for name in rules["classes"]:
        if name not in secret:
            mine = [ballot for ballot, group in good if group == name]
            row = {"ballots": sizes[name], "valid": len(mine), "totals": totals(rules, mine)}
            classes[name] = row
    ballots = [ballot for ballot, _ in good]
    return {
        "ballots": len(opened),
        "valid": len(ballots),
        "invalid": dict(Counter(reasons)),
        "totals": totals(rules, ballots),
        "write_ins": dict(Counter(name for ballot in ballots for name in ballot["write_ins"])),
        "hidden_classes": secret,
        "classes": classes,
    }


def add(parts: list[dict[str, int]]) -> dict[str, int]:
    """Sum of numbers by name."""
    total: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            total[name] = total.get(name, 0) + number
    return total


def with_paper(box: dict[str, Any], paper: list[dict[str, Any]]) -> dict[str, Any]:
    """Box, paper as two tellers read it, and the sum."""
    parts = [box, *paper]
    whole: dict[str, Any] = {
        name: sum(part[name] for part in parts) for name in ("ballots", "valid")
    }
    whole |= {name: add([part[name] for part in parts]) for name in ("invalid", "write_ins")}
    whole["totals"] = {key: add([part["totals"][key] for part in parts]) for key in box["totals"]}
    return {"box": box, "paper": paper, "sum": whole}


def check_statement(data: dict[str, Any]) -> None:
    """The rules and ballots of the file are those of the signed statement."""
    statement = data["statement"]
    commitments = sorted(bytes.fromhex(row[1]) for row in data["ballots"])
    receipts = sorted(
        "-".join(re.findall("....", base64.b32encode(sha(b"receipt" + each)).decode()[:12]))
        for each in commitments
    )
    if sha(canonical(data["rules"])).hex() != statement["rules"]:
        raise Refused("the rules are not those of the statement")
    if tree(commitments).hex() != statement["root"] or receipts != statement["receipts"]:
        raise Refused("the ballots are not those of the statement")
    if data["public_key"] != statement["public_key"]:
        raise Refused("the key of the box is not that of the statement")
    if statement["findings"] or len(commitments) != statement["numbers"]["boxed"]:
        raise Refused("the numbers of the statement do not hold")


def recount(data: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    """Count a file with the share codes; returns the result."""
    check_statement(data)
    private = join_shares(dict(read_share(data["event"], code) for code in codes))
    if x25519(private, (9).to_bytes(32, "little")).hex() != data["public_key"]:
        raise Refused("the shares do not give the key of this box")
    opened = [(open_ballot(data, private, row), row[2]) for row in data["ballots"]]
    counted = with_paper(count_box(data["rules"], opened), data["paper"])
    statement = sha(canonical(data["statement"])).hex()
    return {"event": data["event"], "statement": statement, **counted}


def main() -> int:
    """Ask for the shares, count, compare."""
    if len(sys.argv) != 2:
        print("usage: python recount.py FILE", file=sys.stderr)
        return 2
    data = json.loads(Path(sys.argv[1]).read_bytes())
    codes = []
    for number in ("first", "second"):
        if sys.stdin.isatty():
            print(f"share code of the {number} scrutineer:", file=sys.stderr)
        codes.append(sys.stdin.readline())
    try:
        result = recount(data, codes)
    except Refused as refused:
        print(f"REFUSED: {refused}", file=sys.stderr)
        return 1
    found = sha(canonical(result)).hex()
    print(json.dumps(result, ensure_ascii=False, indent=1, sort_keys=True))
    same = found == data["result_digest"]
    print(f"SHA-256 {found}", "IDENTICAL" if same else f"DIFFERS from {data['result_digest']}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
