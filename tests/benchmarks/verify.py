"""What verifying costs beside raw Ed25519, and that it does not grow with registry and lists.

Each contender has certificates of its own, which no cache has seen before; what certificates of a
batch have in common, as institution and occupation, it has.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keys import jws, publication
from keys.publication import ListFiles
from keys.signer import MemorySigner
from keys.trust import Documents, TrustState, update
from schemas import issued_list, qr
from schemas.issued_list import SLOT
from schemas.registry import Authority, Grant, Institution, Key, Name, Registry
from schemas.root import Roles
from schemas.sd_jwt import SdJwt
from schemas.status_list import StatusList
from tests.benchmarks.population import certificates
from tests.benchmarks.side_by_side import CALLS, best, how, over, table
from verifier.presentation import Presentation
from verifier.verdict import check
from verifier.verify import verify

ORIGIN = "zhengshu.example.cn"
NOW = 2_000_000_000  # seconds; after every certificate of the population
REGISTRIES = (39, 5_000, 50_000)  # institutions, two keys each
LISTS = (10_000, 1_000_000)  # slots
GROUPS = 5  # as many times CALLS certificates: one to warm up, one for each of four contenders


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One certificate as it is scanned."""

    token: SdJwt
    digits: str
    text: str


def main() -> None:
    """Print what a verification costs and how that depends on the size of the trust state."""
    signer = MemorySigner(Ed25519PrivateKey.generate())
    samples = scanned(signer)
    fresh = iter(samples[at : at + CALLS] for at in range(0, len(samples), CALLS))
    now = datetime.fromtimestamp(NOW, UTC)
    state = _state(signer, samples, institutions=39, slots=10_000)
    for one in next(fresh):
        verify(Presentation.read(one.text), trust=state, now=now)
    public = signer.jwk.public_key

    def signature(one: Sample) -> None:
        token = Presentation.read(one.text).token(ORIGIN)
        jws.verify(token.signing_input, token.signature, signer.jwk)

    def signature_and_claims(one: Sample) -> None:
        token, _ = Presentation.read(one.text).token_and_claims(ORIGIN)
        jws.verify(token.signing_input, token.signature, signer.jwk)

    signed = [(one.token.signature, one.token.signing_input) for one in samples[:CALLS]]
    times = best(
        {
            "raw Ed25519PublicKey.verify": over(signed, lambda one: public.verify(*one)),
            "parse + unpack + signature": over(next(fresh), signature),
            "the same, and the claims as JSON": over(next(fresh), signature_and_claims),
            "verify (all 13 steps)": over(
                next(fresh), lambda one: verify(Presentation.read(one.text), trust=state, now=now)
            ),
            "check (verdict for people)": over(
                next(fresh), lambda one: check(one.text, trust=state, now=now)
            ),
        }
    )
    table(f"Verifying a scanned code, {how()}", times, unit="raw Ed25519PublicKey.verify")
    print("  targets: parse + unpack + signature ≤ 1.15 ×, check ≤ 1.6 ×")

    states = {
        f"{count:,} institutions, lists of {slots:,}": _state(
            signer, samples, institutions=count, slots=slots
        )
        for count, slots in [(count, LISTS[0]) for count in REGISTRIES] + [(39, LISTS[1])]
    }
    times = best(
        {
            name: over(samples, lambda one, trust=trust: check(one.text, trust=trust, now=now))
            for name, trust in states.items()
        }
    )
    table("A full check, by the size of registry and lists", times, unit=next(iter(times)))


def scanned(signer: MemorySigner) -> list[Sample]:
    """Certificates of one institution, all different, as phones scan them."""
    samples = []
    for idx, certificate in enumerate(certificates("technical_level", GROUPS * CALLS, seed=7)):
        there = replace(
            certificate, institution="bj-0001", idx=idx, list_id="2033", iat=NOW - 86_400
        )
        token = SdJwt(signer.kid, there.payload(ORIGIN), b"")
        token = token._replace(signature=signer.sign(token.signing_input))
        digits = qr.pack(token.text, ORIGIN)
        samples.append(Sample(token=token, digits=digits, text=f"https://{ORIGIN}/#{digits}"))
    return samples


def _state(
    signer: MemorySigner, samples: Sequence[Sample], *, institutions: int, slots: int
) -> TrustState:
    """A trust state of that size that accepts the samples; made through `update` like any other."""
    made = published(signer, samples, institutions=institutions, slots=slots)
    return update(None, made, now=NOW)


def published(
    signer: MemorySigner, samples: Sequence[Sample], *, institutions: int, slots: int
) -> Documents:
    """What a demonstration's authority would publish."""
    authority = {name: MemorySigner.generate() for name in ("root", "registry", "snapshot")}
    roles = {name: publication.role([key.jwk], 1) for name, key in authority.items()}
    registry = Registry(
        env="demo",
        version=1,
        iat=NOW - 4000,
        authority=Authority(zh="演示主管部门", en="demonstration authority"),
        edition="benchmark",
        origins=[ORIGIN],
        institutions=[_institution(1, signer)]
        + [_institution(number, None) for number in range(2, institutions + 1)],
    )
    data = registry.write()
    logged = b"".join(issued_list.slot(one.token.signing_input) for one in samples)
    files = ListFiles(
        institution="bj-0001",
        list_id="2033",
        status=StatusList.of(slots, ()),
        slots=logged + os.urandom(SLOT * slots - len(logged)),
    )
    published = publication.published_list(files, None, now=NOW - 3000)
    snapshot = publication.snapshot(
        env="demo",
        version=1,
        now=NOW - 3000,
        registry=registry,
        registry_data=data,
        lists=[published],
    )
    root = publication.root(env="demo", version=1, now=NOW - 5000, roles=Roles(**roles))
    return Documents(
        roots=(publication.sign_root(root, [authority["root"]]),),
        snapshot=publication.sign_snapshot(snapshot, [authority["snapshot"]]),
        registry=data,
        registry_signatures=publication.seal_registry(registry, data, [authority["registry"]]),
        status={files.key: files.status.compressed()},
        issued={files.key: files.slots},
    )


def _institution(number: int, signer: MemorySigner | None) -> Institution:
    keys = [signer or MemorySigner.generate(), MemorySigner.generate()]
    return Institution(
        id=f"bj-{number:04}" if number < 10_000 else f"cn-{number}",
        names=[Name(name=f"示例机构{number}（演示）")],
        keys=[
            Key(kid=key.kid, jwk=publication.public_key(key.jwk), from_=0, sign_until=NOW + 86_400)
            for key in keys
        ],
        grants=[
            Grant(
                type="technical_level",
                role="evaluation",
                occupation="*",
                directions="*",
                levels=["初级", "中级", "高级"],
                from_="2020-01-01",
                basis="benchmark",
            )
        ],
    )


if __name__ == "__main__":
    main()
