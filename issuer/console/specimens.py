"""A page that is only looked at, as an answer: a picture to show, or a PDF to take along."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from issuer.console.rosters import as_file
from issuer.documents.certificate import Printing, certificate_pdf, certificate_png

PPI = 110  # of a picture: small print can be read, and it is drawn in a tenth of a second


def drawn(page: Printing, kind: str, name: str) -> Response:
    """`page` as `kind`; `name` is the file's, without its ending.

    Raises:
        CommandError: as `certificate_pdf`.
        HTTPException: 404 for another kind.
    """
    match kind:
        case "png":
            return Response(certificate_png(page, ppi=PPI), media_type="image/png")
        case "pdf":
            headers = as_file(f"{name}.pdf")
            return Response(certificate_pdf(page), headers=headers, media_type="application/pdf")
        case _:
            raise HTTPException(404)
