"""What went wrong, over HTTP: the status of each code, and problem details for systems (RFC 9457)."""

from collections.abc import Mapping

from starlette.responses import Response

from schemas import strict_json
from schemas.codes import LANGUAGES
from schemas.errors import ZhengyinError

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[str, int] = {
    "certificate_not_found": 404,
    "roster_not_found": 404,
    "account_unknown": 404,
    "institution_unknown": 404,
    "sign_in_refused": 401,
    "code_refused": 401,
    "sign_on_refused": 401,
    "sign_on_unknown": 403,
    "sign_on_unavailable": 503,
    "certificate_ambiguous": 409,
    "revoked_is_final": 409,
    "status_unchanged": 409,
    "roster_state": 409,
    "roster_changed": 409,
    "same_person": 409,
    "suspended_by_bureau": 409,
    "suspended_by_institution": 409,
    "bureau_only_suspends": 403,
    "correction_open": 409,
    "correction_decided": 409,
    "list_changed": 409,
    "design_changed": 409,
    "certificate_erased": 410,
    "roster_has_errors": 409,
    "roster_not_ready": 409,
    "roster_known": 409,
    "type_not_granted": 409,
    "number_taken": 409,
    "login_taken": 409,
    "own_account": 409,
    "last_head": 409,
    "halted": 409,
    "halt_of_bureau": 403,
    "roster_too_large": 413,
    "request_too_large": 413,
    "too_many_texts": 413,
    "too_many_tries": 429,
    "database_unusable": 503,
    "no_trust": 503,
    "cannot_write": 503,
    "drawing_ended": 503,
    "nothing_to_print": 409,
}


def status_of(error: ZhengyinError) -> int:
    """The HTTP status of an error; 400 where nothing else fits: the request was wrong."""
    return _STATUS.get(error.code, 400)


def problem_response(error: ZhengyinError, *, instance: str) -> Response:
    """An error as problem details, its words in both languages."""
    return _response(problem_body(error, instance=instance), status_of(error), error)


def problem_body(error: ZhengyinError, *, instance: str) -> dict[str, object]:
    """The members of problem details."""
    return {
        "type": f"/api/v1/problems/{error.code}",
        "title": error.message("en"),
        "status": status_of(error),
        "code": error.code,
        "instance": instance,
        "message": {language: error.message(language) for language in LANGUAGES},
        "hint": {language: error.hint(language) for language in LANGUAGES},
    }


def plain_problem(status: int, title: str, *, instance: str) -> Response:
    """Problem details of a status that has no code of ours."""
    return _response(
        {"type": "about:blank", "title": title, "status": status, "instance": instance},
        status,
        None,
    )


def _response(body: dict[str, object], status: int, error: ZhengyinError | None) -> Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if error is not None and "seconds" in error.details:
        headers["Retry-After"] = str(error.details["seconds"])
    return Response(strict_json.dumps(body), status, headers, MEDIA_TYPE)
