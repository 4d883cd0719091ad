"""The judges of others look where they are installed; `make papers` says where they are not."""

from tests.issuer.install_fonts import missing_tools

collect_ignore = ["test_tools.py"] if missing_tools() else []
