"""Sealing, shares and receipts, checked against published vectors and a second implementation."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import combinations

import pytest

from engine.errors import Invalid
from tests.unit.workflows.ballots.hall import RULES
from workflows.ballots import recount, shares
from workflows.ballots.receipts import receipt_of, root_of
from workflows.ballots.rules import Ballot
from workflows.ballots.sealing import Key, Lock, Sealed, new_pair

EVENT = "01900000-0000-7000-8000-000000000001"
BALLOT = Ballot.of({"marks": {"c1": "赞成"}})


@pytest.fixture
def pair():
    return new_pair()


@pytest.fixture
def lock(pair):
    return Lock(EVENT, RULES, pair[1])


def test_the_scripts_hpke_opens_the_vector_of_rfc_9180():
    """RFC 9180 appendix A.2.1: X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode, sequence 0."""
    private = "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb"
    sent = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
    text = (
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )
    opened = recount.hpke_open(
        bytes.fromhex(private), bytes.fromhex(sent + text), b"Ode on a Grecian Urn", b"Count-0"
    )
    assert opened == b"Beauty is truth, truth beauty"


def test_the_script_opens_what_the_library_seals(lock, pair):
    sealed = lock.seal(BALLOT)
    row = [base64.b64encode(sealed.sealed).decode(), sealed.commitment.hex(), ""]
    data = {"event": EVENT, "rules": RULES.plain}
    assert recount.open_ballot(data, pair[0], row) == json.loads(BALLOT.content)


def test_the_scripts_x25519_gives_the_vector_of_rfc_7748():
    """RFC 7748 section 5.2, after one and after a thousand iterations."""
    k = u = (9).to_bytes(32, "little")
    for turn in range(1000):
        k, u = recount.x25519(k, u), k
        if turn == 0:
            assert k.hex() == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    assert k.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_a_ballot_comes_out_as_it_went_in(lock, pair):
    assert Key(lock, pair[0]).open(lock.seal(BALLOT)) == BALLOT


def test_the_same_ballot_never_looks_the_same_twice(lock):
    one, two = lock.seal(BALLOT), lock.seal(BALLOT)
    assert one.sealed != two.sealed
    assert one.commitment != two.commitment


def test_another_key_another_event_and_a_changed_byte_open_nothing(lock, pair):
    sealed = lock.seal(BALLOT)
    other = Lock(EVENT[:-1] + "2", RULES, pair[1])
    changed = sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1])
    assert Key(lock, new_pair()[0]).open(sealed) == "sealed_wrong"
    assert Key(other, pair[0]).open(sealed) == "sealed_wrong"
    assert Key(lock, pair[0]).open(Sealed(changed, sealed.commitment)) == "sealed_wrong"
    assert Key(lock, pair[0]).open(Sealed(b"short", sealed.commitment)) == "sealed_wrong"


def test_a_ballot_under_another_commitment_is_void(lock, pair):
    sealed = Sealed(lock.seal(BALLOT).sealed, lock.seal(BALLOT).commitment)
    assert Key(lock, pair[0]).open(sealed) == "commitment_wrong"


def test_any_two_of_three_shares_give_the_key_and_one_does_not(pair):
    secret = pair[0]
    cut = shares.split(secret)
    for two in combinations(cut, 2):
        assert shares.combine(two) == secret
    assert shares.combine(cut) == secret
    assert all(shares.combine([one]) != secret for one in cut)


def test_one_share_fits_every_secret(pair):
    """The maths of secrecy: a line through a share and any value at 0 exists."""
    mine = shares.split(pair[0])[0]
    for guess in (0, 1, 2**255):
        slope = (mine.value - guess) % shares.PRIME
        second = shares.Share(2, (guess + 2 * slope) % shares.PRIME)
        assert int.from_bytes(shares.combine([mine, second]), "big") == guess


def test_the_field_is_a_prime_that_holds_every_key():
    odd, twos = shares.PRIME - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1

    def passes(base: int) -> bool:  # Miller–Rabin
        value = pow(base, odd, shares.PRIME)
        if value in (1, shares.PRIME - 1):
            return True
        return any((value := value * value % shares.PRIME) == shares.PRIME - 1 for _ in range(twos))

    assert all(passes(base) for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37))
    assert 2**255 < shares.PRIME < 2**256


def test_a_share_travels_as_text_and_a_slip_of_the_pen_is_noticed():
    share = shares.split(bytes(range(32)))[1]
    code = share.code(EVENT)
    assert shares.read_code(EVENT, code.lower().replace("-", " ")) == share
    assert recount.read_share(EVENT, code) == (share.no, share.value)
    wrong = code[:10] + ("A" if code[10] != "A" else "B") + code[11:]
    for text, event in ((wrong, EVENT), (code, "another"), ("", EVENT), ("11!!", EVENT)):
        with pytest.raises(Invalid) as error:
            shares.read_code(event, text)
        assert error.value.code == "ballot_share_wrong"
        with pytest.raises(recount.Refused):
            recount.read_share(event, text)


def test_the_root_is_the_tree_hash_of_rfc_6962():
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(5)]
    a, b, c, d, e = (hashlib.sha256(b"\0" + leaf).digest() for leaf in sorted(leaves))
    node = lambda left, right: hashlib.sha256(b"\1" + left + right).digest()  # noqa: E731
    whole = node(node(node(a, b), node(c, d)), e)
    assert root_of(leaves) == whole.hex() == root_of(leaves[::-1])
    assert root_of([]) == hashlib.sha256(b"").hexdigest()
    assert [recount.tree(sorted(leaves[:n])).hex() for n in range(6)] == [
        root_of(leaves[:n]) for n in range(6)
    ]


def test_a_receipt_says_nothing_but_the_commitment():
    receipt = receipt_of(bytes(32))
    assert receipt == receipt_of(bytes(32)) != receipt_of(bytes(31) + b"\1")
    assert [len(part) for part in receipt.split("-")] == [4, 4, 4]
