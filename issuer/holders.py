"""Find a holder's certificates again: folded names, and keys of what must not stand in the database.

A key (issuer/vault.py) can only be made with the data key. The public look-up's key covers name, ID
number and certificate number together, so that every miss is one and the same question to the
database, whichever of the three was wrong.
"""

import unicodedata
from collections.abc import Mapping

from issuer.roster.names import comparison_key
from issuer.vault import Vault


def holder_columns(vault: Vault, claims: Mapping[str, object], number: str) -> dict[str, str]:
    """The columns of a certificate by which its holder is found."""
    name, id_number = str(claims.get("holder_name", "")), str(claims.get("id_number", ""))
    return {
        "holder": holder_key(vault, id_number) if id_number else "",
        "lookup": lookup_key(vault, name, id_number, number),
        "name": comparison_key(name),
        "issue_date": str(claims.get("issue_date", "")),
    }


def holder_key(vault: Vault, id_number: str) -> str:
    """What stands for an ID number, however it was typed."""
    return vault.keyed_hash("holder", folded(id_number))


def lookup_key(vault: Vault, name: str, id_number: str, number: str) -> str:
    """What stands for the three things that the public look-up asks, however they were typed."""
    return vault.keyed_hash("look-up", comparison_key(name), folded(id_number), folded(number))


def folded(text: str) -> str:
    """A number without width, case and spaces."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()
