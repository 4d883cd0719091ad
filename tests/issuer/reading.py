"""Read and check one roster in a process of its own, and say what it took.

`python -m tests.issuer.reading FILE` prints one line of JSON: the code of a refusal or of each
finding with its sentences, the number of people, and the peak of memory.
"""

import json
import resource
import sys
from datetime import date
from pathlib import Path
from time import perf_counter

from issuer.roster.roster import check_roster, read_roster
from issuer.roster.sheet import RosterError
from schemas.certificate_types import load
from schemas.codes import LANGUAGES

ADDRESS_SPACE = 2 * 1024**3  # bytes; what a workbook makes a process ask for ends here


def peak() -> int:
    """Bytes of memory that this process held at most.

    `ru_maxrss` would count what the parent held before this program was loaded, so Linux is asked
    another way.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Read the file that is named."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    path = Path(sys.argv[1])
    began = perf_counter()
    try:
        roster = read_roster(path, path.name, load("technical_level"))
        checked = check_roster(roster, today=date(2025, 6, 2), demo=True)
    except RosterError as error:
        people, said = 0, [(error.code, *(error.message(language) for language in LANGUAGES))]
    else:
        people = len(checked.rows)
        said = sorted(
            {
                (found.code, *(found.message(language) for language in LANGUAGES))
                for found in checked.findings
                if found.code != "training_reference_missing"  # of every file of the tests
            }
        )
    took = perf_counter() - began
    print(json.dumps({"people": people, "said": said[:100], "peak": peak(), "seconds": took}))


if __name__ == "__main__":
    main()
