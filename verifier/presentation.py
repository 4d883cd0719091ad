"""What is presented: the text of a QR code or an SD-JWT, told apart (schemas/README.md §3).

Whose web site a code points to is no evidence; it is kept to be able to say that it is foreign.
"""

from typing import Any, NamedTuple

from schemas import qr
from schemas.errors import ForeignCodeError
from schemas.limits import MAX_SD_JWT_TEXT
from schemas.sd_jwt import SdJwt


class Presentation(NamedTuple):
    """One presented text, not verified: either the `packed` bytes of a QR code or a whole `sd_jwt`."""

    text: str
    packed: bytes = b""
    origin: str | None = None
    """The host in front of the digits, if any."""
    sd_jwt: SdJwt | None = None

    @classmethod
    def read(cls, text: str) -> "Presentation":
        """Tell what `text` is.

        Raises:
            ForeignCodeError: neither a QR text of this system nor an SD-JWT.
            MalformedError: an SD-JWT that breaks the strict profile.
        """
        if len(text) > MAX_SD_JWT_TEXT:
            raise ForeignCodeError(f"longer than {MAX_SD_JWT_TEXT} characters")
        if text.endswith("~") and text.count(".") == 2:
            return cls(text, sd_jwt=SdJwt.parse(text))
        origin, packed = qr.read_text(text)
        return cls(text, packed, origin)

    def token(self, origin: str) -> SdJwt:
        """The credential, where `origin` fills the places that the code left out.

        Raises:
            MalformedError, UnsupportedVersionError: the bytes are not a packed credential.
        """
        if self.sd_jwt is not None:
            return self.sd_jwt
        return qr.unpack_token(self.packed, origin)

    def token_and_claims(self, origin: str) -> tuple[SdJwt, dict[str, Any]]:
        """The credential as of `token`, and its claims, not verified.

        Raises:
            MalformedError, UnsupportedVersionError: as `token`, or the claims are not canonical.
        """
        if self.sd_jwt is not None:
            return self.sd_jwt, self.sd_jwt.claims()
        return qr.unpack_claims(self.packed, origin)
