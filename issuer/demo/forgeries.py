"""What someone makes who is not entitled to it: altered, back-dated, out of scope, look-alike.

Nothing here goes through an institution's desk, which would refuse it. A stolen key signs directly.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from issuer import payload
from issuer.demo.authority import DemoAuthority
from issuer.demo.institutions import AUTHORITY, MACHINES, ORIGIN, PINGJIA, institutions
from issuer.demo.people import Holder
from issuer.demo.times import FOUNDED, Times, seconds
from issuer.payload import Place
from issuer.roster.rows import TAIL
from keys import draft
from keys.authority_folder import Draft
from keys.publication import ListFiles
from keys.signer import MemorySigner, Signer
from keys.trust import TrustState
from schemas import certificate_types, issued_list, qr, sd_jwt
from schemas.sd_jwt import SdJwt
from schemas.status_list import StatusList

LOOK_ALIKE = "zhengyln.example"  # an l for an i
LATER_VERSION = 2  # of the packed form; no verifier knows it yet
RECENT = 20  # days ago, where a date does not matter

_COURSE = {"occupation": MACHINES, "direction": "智能装备与产线应用", "level": "高级"}
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # RFC 9285 §4.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Forger:
    """Signs whatever it likes with whatever key it has."""

    times: Times
    state: TrustState
    """What is published: it tells where the next free slot is."""

    def level(
        self,
        signer: Signer,
        holder: Holder,
        *,
        origin: str = ORIGIN,
        idx: int | None = None,
        **claims: str,
    ) -> SdJwt:
        """A 高级 certificate in the evaluation centre's name; without `idx` in its next slot."""
        said = {"certificate_number": self._number("PJ", RECENT), **_COURSE, **claims}
        place = self._place(PINGJIA, RECENT, origin, idx)
        return self._sign(signer, "technical_level", holder, said, place, RECENT)

    def training(
        self,
        signer: Signer,
        institution: str,
        holder: Holder,
        *,
        ago: int = RECENT,
        idx: int | None = None,
        **claims: str,
    ) -> SdJwt:
        """A training certificate in the name of `institution`, dated `ago` days before today."""
        said = {
            "certificate_number": self._number("PX", ago),
            **_COURSE,
            "start_date": self.times.day(ago + 12).isoformat(),
            "end_date": self.times.day(ago + 2).isoformat(),
            "hours": "80",
            **claims,
        }
        place = self._place(institution, ago, ORIGIN, idx)
        return self._sign(signer, "training_completion", holder, said, place, ago)

    def _sign(
        self,
        signer: Signer,
        type_name: str,
        holder: Holder,
        claims: Mapping[str, str],
        place: Place,
        ago: int,
    ) -> SdJwt:
        certificate_type = certificate_types.load(type_name)
        person = {
            "holder_name": holder.name,
            "id_type": holder.id_type,
            "id_number": holder.id_number,
            "id_number_tail": holder.id_number[-TAIL:],
            "issue_date": self.times.day(ago).isoformat(),
        }
        content, disclosures = payload.build(
            certificate_type,
            {**person, **claims},
            place=place,
            iat=seconds(self.times.signed(ago)),
            demo=True,
            salts={name: os.urandom(sd_jwt.SALT_LENGTH) for name in certificate_type.hidden},
        )
        unsigned = SdJwt(signer.kid, content, b"", disclosures)
        return unsigned._replace(signature=signer.sign(unsigned.signing_input))

    def _place(self, institution: str, ago: int, origin: str, idx: int | None) -> Place:
        year = str(self.times.signed(ago).year)
        if idx is None:
            listed = self.state.lists.get(f"{institution}/{year}")
            idx = listed.published.count if listed else 0
        return Place(origin=origin, institution=institution, list_id=year, idx=idx)

    def _number(self, letters: str, ago: int) -> str:
        return f"{letters}{self.times.day(ago).year}900001"


def altered(token: SdJwt, old: str, new: str) -> SdJwt:
    """The certificate with one word changed, under the signature that it had."""
    return token._replace(payload=token.payload.replace(old.encode(), new.encode()))


def later_version(token: SdJwt) -> str:
    """Digits that only a later verifier can read."""
    packed = qr.pack_token(token.without_disclosures(), ORIGIN)
    return qr.to_digits(bytes([LATER_VERSION]) + packed[1:])


def health_certificate() -> str:
    """The text of a code such as travellers showed: another system's altogether (`HC1:`, base 45)."""
    noise = hashlib.shake_256(b"no certificate of anybody").digest(360)
    return "HC1:" + "".join(_BASE45[byte % len(_BASE45)] for byte in noise)


def look_alike_site(site: Path, signer: MemorySigner, token: SdJwt, times: Times) -> None:
    """Publish a registry of one's own that says `prod`, and `token` in it, as the tree `site`.

    Args:
        site: made new.
        signer: the pretended authority's only key, which is also the pretended institution's.
        token: a certificate in slot 0, signed `RECENT` days ago.
        times: when all this is.
    """
    founded = times.published(FOUNDED)
    site.parent.mkdir(parents=True)
    with TemporaryDirectory(dir=site.parent) as folder:
        pretended = DemoAuthority(
            Path(folder),
            env="prod",
            name=AUTHORITY,
            origin=LOOK_ALIKE,
            signers=(signer, signer, signer),
            at=founded,
        )
        since = f"{founded.year - 2}-07-01"
        listed = [one for one in institutions(since=since) if one.id == PINGJIA]

        def list_it(empty: Draft) -> Draft:
            full = draft.merge(empty, listed)
            return draft.add_key(full, PINGJIA, signer.jwk, from_=seconds(founded))

        pretended.change(list_it, founded)
        lists = ListFiles(
            institution=PINGJIA,
            list_id=str(times.signed(RECENT).year),
            status=StatusList.of(1, ()),
            slots=issued_list.slot(token.signing_input),
        )
        pretended.publish([lists], times.published(RECENT))
        pretended.publish([], times.published(0))
        copytree(pretended.published, site)
