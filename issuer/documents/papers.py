"""The papers of one certificate, by the names of their files beside its credential."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from issuer.documents.certificate import Printing, certificate_pdf, certificate_png

PDF, OWN_COPY, PICTURE = "certificate.pdf", "own-copy.pdf", "certificate.png"


def own_copy(printing: Printing) -> bytes:
    """The holder's own PDF: the ID number is disclosed in the attached credential.

    Raises:
        CommandError: as `certificate_pdf`.
    """
    return certificate_pdf(replace(printing, own_copy=True))


_DRAWN: Mapping[str, Callable[[Printing], bytes]] = {
    PDF: certificate_pdf,
    OWN_COPY: own_copy,
    PICTURE: certificate_png,
}


def papers(names: Sequence[str], printing: Printing) -> dict[str, bytes]:
    """The papers with these names.

    Raises:
        CommandError: as `certificate_pdf`.
    """
    return {name: _DRAWN[name](printing) for name in names}
