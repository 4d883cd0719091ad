"""The web service of a verifier: the phone page, the published tree, and metadata for strangers.

Nothing personal ever reaches it: a code's digits stand behind `#`, which browsers do not send.
Issuer metadata as in SD-JWT VC §5, type metadata as in §6.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from keys.trust import TrustState
from schemas import strict_json
from schemas.origin import issuer_uri
from schemas.registry import Institution
from verifier.headers import AddHeaders
from verifier.page_files import INDEX, Page, cache_control, content_type, entity_tag
from verifier.page_trust import is_published
from verifier.published_trust import PublishedTrust

_READ = ["GET", "HEAD"]
_WORDS: Mapping[int, str] = {
    404: "404 · 这里没有这个文件 · there is nothing here\n",
    405: "405 · 这里只能读取 · this can only be read\n",
    500: "500 · 服务出错，请稍后再试 · something went wrong here, try again later\n",
}
_ROOT = re.compile(r"root/[1-9][0-9]*\.json", re.ASCII)
_ANYBODY = {"Access-Control-Allow-Origin": "*"}  # strangers' wallets and pages may check too


def page_app(
    page: Page, *, trust: Path, pins: frozenset[str], clock: Callable[[], float] = time.time
) -> FastAPI:
    """The service.

    Args:
        page: with its pin (`Page.pinned`).
        trust: the published tree; what is published into it later is served at once.
        pins: fingerprints (hex) under which metadata is believed; a demo needs none.
        clock: seconds since 1970, for judging what is published.
    """
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.add_middleware(AddHeaders, headers=lambda _path: page.headers)
    published = PublishedTrust(trust, pins, clock)

    async def said(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = _WORDS.get(status, _WORDS[404])
        headers = {**page.headers, "Cache-Control": "no-store"}
        return Response(words, status if status in _WORDS else 404, headers, "text/plain")

    app.add_exception_handler(HTTPException, said)
    app.add_exception_handler(Exception, said)

    def issuer(request: Request) -> Response:
        institution, host = request.path_params["institution"], request.headers.get("host", "")
        return _metadata(_issuer_metadata(published.current(), institution, host))

    def certificate_type(request: Request) -> Response:
        return _metadata(published.type_metadata("{type}/{version}".format(**request.path_params)))

    async def file(request: Request) -> Response:
        return _answer(page, request.path_params["name"] or INDEX, request)

    app.add_route("/.well-known/jwt-vc-issuer/i/{institution}", issuer, _READ)
    app.add_route("/vct/{type}/{version}", certificate_type, _READ)
    app.mount("/t", _Tree(directory=trust))
    app.add_route("/{name:path}", file, _READ)
    return app


def _answer(page: Page, name: str, request: Request) -> Response:
    """A file of the page, compressed where the browser can read that."""
    data = page.files.get(name)
    if data is None:
        raise HTTPException(404)
    headers = {"Cache-Control": cache_control(name), "Vary": "Accept-Encoding"}
    if name in page.compressed and _takes_gzip(request.headers.get("accept-encoding", "")):
        data = page.compressed[name]
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = entity_tag(data)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers | {"Content-Type": content_type(name)})


def _takes_gzip(accepted: str) -> bool:
    """Whether `Accept-Encoding` has gzip, not with weight 0 (RFC 9110 §12.5.3)."""
    for part in accepted.lower().split(","):
        coding, *parameters = (word.strip() for word in part.split(";"))
        if coding in ("gzip", "*"):
            return not any(one.replace(" ", "").rstrip("0.") == "q=" for one in parameters)
    return False


def _metadata(data: bytes | None) -> Response:
    if data is None:
        raise HTTPException(404)
    headers = {**_ANYBODY, "Cache-Control": "no-cache"}
    return Response(data, headers=headers, media_type="application/json")


class _Tree(StaticFiles):
    """The published files, by range and by date; nothing that only lies beside them."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        return super().lookup_path(path) if is_published(path.replace(os.sep, "/")) else ("", None)

    async def get_response(self, path: str, scope: Scope) -> Response:
        name = path.replace(os.sep, "/")
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or _ROOT.fullmatch(name) is None:
                raise
            # Every phone asks for the root after the newest; "none" is no error to put in its log.
            return Response(status_code=204, headers={**_ANYBODY, "Cache-Control": "no-cache"})
        response.headers["Content-Type"] = _tree_type(name)
        response.headers["Cache-Control"] = cache_control(f"t/{name}")
        response.headers.update(_ANYBODY)
        return response


def _tree_type(name: str) -> str:
    if name.startswith("status/") and not name.endswith(".z"):
        return "application/statuslist+jwt"  # Token Status List §8
    if name.endswith((".bin", ".z")):
        return "application/octet-stream"
    return {"bundle.zip": "application/zip", "poster": "text/plain"}.get(name, "application/json")


def _issuer_metadata(state: TrustState, institution_id: str, host: str) -> bytes | None:
    """JWT VC issuer metadata; under the host that was asked for, if it is one of ours."""
    found = [one for one in state.registry.institutions if one.id == institution_id]
    if not found:
        return None
    origins = state.registry.origins
    origin = host if host in origins else origins[0]
    issuer = issuer_uri(origin, institution_id)
    return strict_json.dumps({"issuer": issuer, "jwks": {"keys": _keys(found[0])}})


def _keys(institution: Institution) -> list[dict[str, str]]:
    """The keys that a stranger may believe; one that was stolen is not among them."""
    return [
        {**key.jwk.model_dump(), "kid": key.kid, "use": "sig", "alg": "Ed25519"}
        for key in institution.keys
        if key.state != "compromised"
    ]
