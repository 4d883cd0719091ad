"""`make token`: a SoftHSM2 for the tests of keys in tokens, where the machine has none.

Those tests are passed over where there is none to be had, and the run says so.
"""

import sys

from tests.keys.softhsm import ANOTHER, find
from tests.system_packages import install

_MISSING = f"""make: no SoftHSM2 was found, and none could be installed: keys in tokens are not tested.
Install one (Debian: apt-get install softhsm2) or name its library in {ANOTHER}."""


def main() -> int:
    """Always 0: everything else can be tested without."""
    if not find():
        install("softhsm2")
    if not find():
        print(_MISSING, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
