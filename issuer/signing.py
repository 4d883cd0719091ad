"""The keys that this process may sign with now: opened at the start, or by an officer for a while.

A key never leaves the process that opened it. What another process has open is told by a lease in
the database, so that every page can say whether an institution can sign; who locks a key takes the
lease away, and every process then closes it.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from issuer.db import reading, transaction
from issuer.running.leases import PROCESS, lock_lease
from issuer.running.settings import Settings, SignerSetting
from issuer.tables import Lease
from keys.jws import Signer
from keys.passphrase import PassphraseSource
from keys.signer import open_signer
from schemas.errors import CommandError

FOR_EVER = 2**62
ALIVE = 30  # seconds after which a process is taken for dead that has not renewed its leases
MAX_MINUTES = 8 * 60  # that an officer may leave a key open


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open key."""

    signer: Signer
    until: int
    """Seconds; `FOR_EVER`: opened at the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """Whether an institution can sign, as a page shows it."""

    named: bool
    """Whether the settings name a key at all; without one, batches are signed offline."""
    kid: str | None = None
    until: int | None = None
    """Seconds until which it is open; None: closed."""


class Signers:
    """The open keys of this process, by institution."""

    def __init__(
        self, settings: Mapping[str, SignerSetting], engine: Engine, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._open: dict[str, Open] = {}
        self._lock = threading.Lock()

    def open_all(self) -> None:
        """Open every key whose passphrase is in a file.

        Raises:
            CommandError: as `open_signer`.
        """
        for institution, setting in self._settings.items():
            if setting.passphrase_file is not None:
                source = PassphraseSource(file=setting.passphrase_file)
                self._keep(institution, open_signer(setting.key, source), FOR_EVER)

    def unlock(self, institution: str, passphrase: str, *, minutes: int) -> Signer:
        """Open an institution's key with what an officer typed.

        Raises:
            CommandError: `key_not_named`, `unlock_refused`, or as `open_signer`.
        """
        setting = self._settings.get(institution)
        if setting is None:
            raise CommandError("key_not_named", institution=institution)
        try:
            signer = open_signer(setting.key, _Typed(given=passphrase))
        except CommandError as error:
            if error.code == "key_file_wrong_passphrase":  # which names the file
                raise CommandError("unlock_refused") from None
            raise
        until = int(self._clock()) + 60 * max(1, min(minutes, MAX_MINUTES))
        self._keep(institution, signer, until)
        return signer

    def lock(self, institution: str) -> None:
        """Close a key, here and, within a second, in every other process."""
        with self._lock:
            self._open.pop(institution, None)
        with transaction(self._engine) as session:
            lock_lease(session, _lease(institution))
            lease = session.get(Lease, _lease(institution))
            if lease is not None:
                session.delete(lease)

    def signer(self, institution: str) -> Signer | None:
        """The institution's key, if this process has it open."""
        with self._lock:
            held = self._open.get(institution)
            if held is not None and held.until <= self._clock():
                held = self._open.pop(institution, None) and None
        return held.signer if held else None

    def held(self) -> list[str]:
        """The institutions whose keys this process has open."""
        return [name for name in list(self._open) if self.signer(name) is not None]

    def drop_locked(self) -> None:
        """Close the keys that were locked elsewhere, and renew the leases of those that are open."""
        now = int(self._clock())
        for name in self.held():
            with reading(self._engine) as session:
                lease = session.get(Lease, _lease(name))
                until = lease.until if lease else None
            if until is None:
                with self._lock:
                    self._open.pop(name, None)
            elif until < now + ALIVE // 2:
                self._renew(name, now)

    def state(self, session: Session, institution: str) -> KeyState:
        """Whether the institution can sign, in whichever process."""
        named = institution in self._settings
        with self._lock:
            held = self._open.get(institution)
        if held is not None and held.until > self._clock():
            return KeyState(named=named, kid=held.signer.kid, until=held.until)
        lease = session.get(Lease, _lease(institution))
        if lease is None or lease.until <= self._clock():
            return KeyState(named=named)
        kid, _, until = lease.details.partition(" ")
        return KeyState(named=named, kid=kid, until=int(until))

    def _keep(self, institution: str, signer: Signer, until: int) -> None:
        held = Open(signer=signer, until=until)
        with self._lock:
            self._open[institution] = held
        with transaction(self._engine) as session:
            lock_lease(session, _lease(institution))
            session.merge(_lease_of(institution, held, int(self._clock())))

    def _renew(self, institution: str, now: int) -> None:
        """Say that the key is open still, unless it was locked this moment."""
        with self._lock:
            held = self._open.get(institution)
        with transaction(self._engine) as session:
            lock_lease(session, _lease(institution))
            lease = session.get(Lease, _lease(institution))
            if lease is not None and held is not None:
                session.merge(_lease_of(institution, held, now))


def _lease_of(institution: str, held: Open, now: int) -> Lease:
    until = min(held.until, now + ALIVE)
    details = f"{held.signer.kid} {held.until}"
    return Lease(name=_lease(institution), holder=PROCESS, until=until, details=details)


def open_snapshot_signer(settings: Settings) -> Signer | None:
    """The key that signs snapshots; None where the service does not publish for the authority.

    Raises:
        CommandError: `setting_missing`, or as `open_signer`.
    """
    if settings.authority is None:
        return None
    if settings.snapshot is None:
        raise CommandError("setting_missing", name="ZHENGYIN_SNAPSHOT_KEY")
    if settings.snapshot.passphrase_file is None:
        raise CommandError("setting_missing", name="ZHENGYIN_SNAPSHOT_PASSPHRASE_FILE")
    source = PassphraseSource(file=settings.snapshot.passphrase_file)
    return open_signer(settings.snapshot.key, source)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed(PassphraseSource):
    """A passphrase that came with a request."""

    given: str = ""

    def read(self, path: Path) -> bytes:  # noqa: ARG002 (the interface's)
        if not self.given:
            raise CommandError("passphrase_missing")
        return self.given.encode()


def _lease(institution: str) -> str:
    return f"signer {institution}"
