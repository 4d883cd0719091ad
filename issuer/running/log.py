"""The log: one JSON object a line on standard error, without anybody's data.

A line of a request has its route's name, never its address, query or body. Of an exception it has
the kind and where it happened, never its words: they have the value in them that was wrong.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

FIELDS = "fields"
"""The attribute of a record with what its line says besides."""


class JsonLines(logging.Formatter):
    """A record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        ours = record.name.partition(".")[0] in ("zhengyin", "uvicorn")
        # Others put values into what they say; their own sentence has none.
        event = record.getMessage() if ours else str(record.msg)
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event.partition("\n")[0],
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def told(error: BaseException) -> dict[str, Any]:
    """The kind of an exception and of what caused it, and where it happened."""
    kinds, one = [], error
    while True:
        kinds.append(type(one).__qualname__)
        cause = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if cause is None or len(kinds) > 9:
            break
        one = cause
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": kinds,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


class NotTwice(logging.Filter):
    """Drops what uvicorn says of an exception that has its line already (PEP 678)."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        error = record.exc_info[1] if record.exc_info else None
        return record.name != "uvicorn.error" or NOTED not in getattr(error, "__notes__", ())


NOTED = "in the log"


def config(level: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig`, in every process of the service, from `level` on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "issuer.running.log.JsonLines"}},
        "filters": {"not twice": {"()": "issuer.running.log.NotTwice"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["not twice"],
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "zhengyin": {"level": level},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }
