"""The demonstration's authority: it founds, lists, publishes; one custodian stands for three to five."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from issuer.demo.times import BEIJING, seconds
from keys import authority, ceremony, publication
from keys.authority_folder import AuthorityFolder, Draft
from keys.publication import ListFiles
from keys.signer import Signer
from keys.trust import TrustState
from schemas.document import Environment
from schemas.registry import Authority
from schemas.root import Roles


class DemoAuthority:
    """An authority whose root, registry and snapshot keys are all at hand.

    Args:
        path: its folder, made new.
        env: `demo`; a look-alike says `prod`.
        name: what it calls itself.
        origin: the deployment origin.
        signers: of the roles root, registry and snapshot, in this order.
        at: when it is founded.
    """

    def __init__(
        self,
        path: Path,
        *,
        env: Environment,
        name: Authority,
        origin: str,
        signers: tuple[Signer, Signer, Signer],
        at: datetime,
    ) -> None:
        self._folder = AuthorityFolder(path)
        self._root, self._registry, self._snapshot = signers
        root, registry, snapshot = (publication.role([one.jwk], 1) for one in signers)
        authority.init(
            path,
            env=env,
            origins=[origin],
            authority=name,
            edition=_edition(at),
            roles=Roles(root=root, registry=registry, snapshot=snapshot),
            now=seconds(at),
        )
        ceremony.sign(self._folder, "root", [self._root])

    @property
    def published(self) -> Path:
        """The `/t/` tree."""
        return self._folder.published_path

    def change(self, edit: Callable[[Draft], Draft], at: datetime) -> None:
        """Sign the next edition of the registry; `publish` brings it out."""
        draft = edit(self._folder.draft())
        self._folder.write_draft(draft.model_copy(update={"edition": _edition(at)}))
        ceremony.propose_registry(self._folder, now=seconds(at))
        ceremony.sign(self._folder, "registry", [self._registry])

    def publish(self, lists: Sequence[ListFiles], at: datetime) -> TrustState:
        """Bring out a snapshot; give what verifiers believe from then on."""
        done = authority.publish(self._folder.path, lists, [self._snapshot], now=seconds(at))
        return done.state


def _edition(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m} 演示版"
