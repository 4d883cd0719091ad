"""Every error of the project: one tree, each with a stable code and its words in two languages.

The words live in `codes.json`, shared with TypeScript. `str(error)` is the English sentence.
"""

from typing import Any, ClassVar

from schemas import codes


class ZhengyinError(Exception):
    """Never raised itself. `details` fill the blanks of the code's sentence."""

    code: str = ""
    section: ClassVar[codes.Section] = "command"

    def __init__(self, detail: str = "", **details: object) -> None:
        self.details: dict[str, object] = {"detail": detail, **details}
        super().__init__(self.message("en"))

    def message(self, language: codes.Language) -> str:
        """The sentence for people."""
        return codes.sentence(self.section, self.code, language, **self.details)

    def hint(self, language: codes.Language) -> str:
        """What to do next, or an empty string."""
        return codes.hint(self.section, self.code, language, **self.details)


def _again(kind: "type[CommandError]", code: str, details: dict[str, Any]) -> "CommandError":
    return kind(code, **details)


class CommandError(ZhengyinError):
    """A command cannot go on: a wrong argument, file or setting. `code` is one of `command`'s."""

    def __init__(self, code: str, detail: str = "", **details: object) -> None:
        self.code = code
        super().__init__(detail, **details)

    def __reduce__(self) -> tuple[object, ...]:
        """The same error in another process: drawing processes raise it, too."""
        return _again, (type(self), self.code, self.details)


class TrustError(ZhengyinError):
    """A trust document was refused; the state before it stays. `code` is one of `trust`'s."""

    section = "trust"

    def __init__(self, code: str, detail: str = "", **details: object) -> None:
        self.code = code
        super().__init__(detail, **details)


class PackError(ZhengyinError):
    """This token would not come out of a QR code as it went in, so it is not put into one."""

    code = "pack_refused"


class VerificationError(ZhengyinError):
    """A presented credential does not hold. Never raised itself: one subclass for each reason."""

    section = "verification"


# not ours


class ForeignCodeError(VerificationError):
    """The text is not a Zhengyin credential at all."""

    code = "foreign_code"


# invalid


class MalformedError(VerificationError):
    """The bytes break the strict profile (schemas/README.md §2)."""

    code = "malformed"


class BadSignatureError(VerificationError):
    """The key that is named did not sign these bytes."""

    code = "bad_signature"


class IssuerUnknownError(VerificationError):
    """No institution of the registry has the key that is named."""

    code = "issuer_unknown"


class IssuerKeyMismatchError(VerificationError):
    """The key belongs to another institution than the one that is named."""

    code = "issuer_key_mismatch"


class OutsideKeyWindowError(VerificationError):
    """Signed before the key was in force or after it was retired."""

    code = "outside_key_window"


class IssuedInFutureError(VerificationError):
    """Signed later than now."""

    code = "issued_in_future"


class OutOfScopeError(VerificationError):
    """The institution had no grant for this type, occupation, direction and level on that day."""

    code = "out_of_scope"


class NotInIssuedListError(VerificationError):
    """The institution's issued list does not have this credential at its index."""

    code = "not_in_issued_list"


class BackdatedError(VerificationError):
    """Logged later after its signing time than the list allows."""

    code = "backdated"


class KeyCompromisedError(VerificationError):
    """The key was stolen and nothing shows that this was signed before."""

    code = "key_compromised"


class DisclosureMismatchError(VerificationError):
    """A disclosed value belongs to no signed digest (RFC 9901 §7.1)."""

    code = "disclosure_mismatch"


class PrintedTextDiffersError(VerificationError):
    """The page of a PDF shows something else than what was signed."""

    code = "printed_text_differs"


# withdrawn


class RevokedError(VerificationError):
    """The issuer withdrew it."""

    code = "revoked"


class ReplacedError(VerificationError):
    """The issuer corrected it; `details["replaced_by"]` is the new certificate number."""

    code = "replaced"


class SuspendedError(VerificationError):
    """The issuer suspended it for the time being."""

    code = "suspended"


class ExpiredError(VerificationError):
    """Its own `exp` is past."""

    code = "expired"


# undecided


class NoRegistryError(VerificationError):
    """There is no trust state to check against."""

    code = "no_registry"


class RegistryExpiredError(VerificationError):
    """The trust state is too old to say anything good."""

    code = "registry_expired"


class IssuerNewerThanRegistryError(VerificationError):
    """An unknown key, on a credential newer than the registry."""

    code = "issuer_newer_than_registry"


class IssuedAfterSnapshotError(VerificationError):
    """Genuine so far, but newer than the issued list at hand; one refresh settles it."""

    code = "issued_after_snapshot"


class UnsupportedVersionError(VerificationError):
    """A later format than this verifier knows."""

    code = "unsupported_version"


class ClockBehindError(VerificationError):
    """The clock is earlier than a time that was signed."""

    code = "clock_behind"


VERIFICATION_ERRORS: dict[str, type[VerificationError]] = {
    error.code: error for error in VerificationError.__subclasses__()
}
