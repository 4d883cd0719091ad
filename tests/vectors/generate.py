"""Write the vectors: `python -m tests.vectors.generate`, or with `--check` compare and say where.

Everything is made from the tables in `cases/` and `tests/keys`, the same bytes in every run.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keys.published import layout
from tests.vectors import layers, packing, trust_updates
from tests.vectors.cases import GROUPS, Stage, build
from tests.vectors.verification import vector
from tests.world import NOW, moment

FOLDER = Path(__file__).parent
MADE = ("layers", "trust", "updates", "verify")
"""The folders that hold nothing else."""
LINE = 120  # characters


def files() -> dict[str, bytes]:
    """Every file of the vectors by its path below `tests/vectors`."""
    packing.remember(FOLDER)
    stage = build()
    made = {f"verify/{group}.json": _verify(group, stage) for group in GROUPS}
    made |= {f"layers/{name}.json": _json(content) for name, content in layers.files()}
    made |= {f"updates/{name}.json": _json(content) for name, content in trust_updates.files()}
    return made | dict(_trust(stage))


def _verify(group: str, stage: Stage) -> bytes:
    vectors = [vector(shown, stage) for shown in stage.shown if shown.group == group]
    return _json({"layer": "verify", "group": group, "vectors": vectors})


def _trust(stage: Stage) -> Iterator[tuple[str, bytes]]:
    for name, world in stage.worlds.items():
        loaded = moment(NOW).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield f"trust/{name}/set.json", _json({"loaded": loaded, "pins": world.pins})
        for path, data in layout(world.history[-1]).items():
            yield f"trust/{name}/t/{path}", data


def _json(content: Any) -> bytes:
    """JSON to read; a lone surrogate is the one thing that has to be escaped."""
    return _written(content, "").encode("utf-8", "backslashreplace") + b"\n"


def _written(value: Any, indent: str) -> str:
    """A value on one line where it fits, else its members on one line each."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= LINE:
        return line
    inner = indent + " "
    if isinstance(value, list):
        parts, brackets = [_written(one, inner) for one in value], "[]"
    else:
        brackets = "{}"
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {_written(one, inner)}"
            for name, one in value.items()
        ]
    lines = f",\n{inner}".join(parts)
    return f"{brackets[0]}\n{inner}{lines}\n{indent}{brackets[1]}"


def stored() -> dict[str, bytes]:
    """The files as they are on the disk."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for name in MADE
        for path in sorted((FOLDER / name).rglob("*"))
        if path.is_file()
    }


def differences() -> list[str]:
    """What `write` would change."""
    old, new = stored(), files()
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def write() -> None:
    """Make the folders what they should be."""
    new = files()
    for name in stored().keys() - new.keys():
        (FOLDER / name).unlink()
    for name, data in new.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        different = differences()
        for name in different:
            print(f"differs: tests/vectors/{name}")
        sys.exit(bool(different))
    write()
