"""What `make` installs of the distribution, where it may."""

import os
import shutil
import subprocess
from collections.abc import Sequence


def ran(words: Sequence[str]) -> bool:
    """Run a program; tell whether it did its work."""
    print(f"make: {' '.join(words)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(words, check=False, env=environment, stdout=subprocess.DEVNULL)
    return done.returncode == 0


def install(package: str, *welcome: str) -> bool:
    """Install Debian's `package`, and after it those that are `welcome` but not needed."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return False
    add = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends")
    ran(("apt-get", "update", "--quiet"))
    if not ran((*add, package)):
        return False
    for one in welcome:
        ran((*add, one))
    return True
