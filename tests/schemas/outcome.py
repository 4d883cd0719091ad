"""What a call comes to, to compare two ways to the same."""

from collections.abc import Callable

from schemas.errors import MalformedError


def outcome(call: Callable[[], object]) -> object:
    """What `call` gives, or why it is refused."""
    try:
        return call()
    except MalformedError as error:
        return str(error)
