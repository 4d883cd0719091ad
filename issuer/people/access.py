"""Who may do what: every route of the service and the roles that it lets in, in one table.

A route that the table does not name lets nobody in. What a caller is shown then still depends on
the institution: another one's objects do not exist for them (404).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a person does in the service."""

    CLERK = "clerk"
    """经办: enters rosters."""
    APPROVER = "approver"
    """复核: approves what somebody else entered."""
    ADMIN = "admin"
    """机构管理员: people, numbers, design, keys and API clients of one institution."""
    BUREAU = "bureau"
    """市局: sees everything, suspends, stops signing."""
    DISTRICT = "district"
    """区局: sees the institutions of one district."""


class Scope(StrEnum):
    """What a system may do with its token."""

    ROSTERS = "rosters"
    """Hand in rosters and follow them; approving takes a person."""
    CERTIFICATES = "certificates"
    """Read certificates."""
    STATUS = "status"
    """Revoke, suspend, reinstate."""


@dataclass(frozen=True, slots=True)
class Access:
    """Whom a route lets in."""

    roles: frozenset[Role] = frozenset()
    scope: Scope | None = None
    public: bool = False
    steps: frozenset[str] = frozenset()
    """Also who is on the way in and has to go through one of these routes first."""


_CLERK, _APPROVER, _ADMIN, _BUREAU, _DISTRICT = Role
_INSTITUTION = frozenset({_CLERK, _APPROVER, _ADMIN})
_READERS = frozenset(Role)


def _roles(*roles: Role) -> Access:
    return Access(roles=frozenset(roles))


_PUBLIC = Access(public=True)
_ANYONE = Access(roles=_READERS)
_SECOND_FACTOR = Access(roles=_READERS, steps=frozenset({"second_factor"}))
_NEW_PASSWORD = Access(roles=_READERS, steps=frozenset({"new_password"}))
_LEAVES = Access(roles=_READERS, steps=frozenset({"second_factor", "new_password"}))
_DESK = Access(roles=_INSTITUTION)
_ENTERS = _roles(_CLERK)
_DECIDES = _roles(_APPROVER)
_RUNS = _roles(_ADMIN)

ROUTES: Mapping[str, Access] = {
    # anybody
    "health": _PUBLIC,
    "ready": _PUBLIC,
    "metrics": _PUBLIC,  # shows nothing without the token or from another machine
    "static": _PUBLIC,
    "nowhere": _PUBLIC,
    "choose_language": _PUBLIC,
    "look_up": _PUBLIC,
    "look_up_answer": _PUBLIC,
    "directory": _PUBLIC,
    "api_look_up": _PUBLIC,
    "api_verify": _PUBLIC,
    "api_description": _PUBLIC,
    # signing in
    "sign_in": _PUBLIC,
    "sign_in_password": _PUBLIC,
    "sign_in_oidc": _PUBLIC,
    "sign_in_oidc_back": _PUBLIC,
    "second_factor": _SECOND_FACTOR,
    "second_factor_code": _SECOND_FACTOR,
    "new_password": _NEW_PASSWORD,
    "new_password_set": _NEW_PASSWORD,
    "sign_out": _LEAVES,
    "home": _ANYONE,
    "account": _ANYONE,
    # rosters
    "rosters": _ANYONE,
    "roster_new": _ENTERS,
    "roster_template": _DESK,
    "roster_upload": _ENTERS,
    "roster": _ANYONE,
    "roster_columns": _ENTERS,
    "roster_cells": _ENTERS,
    "roster_defaults": _ENTERS,
    "roster_photos": _ENTERS,
    "roster_checked": _DESK,
    "roster_preview": _DESK,
    "roster_specimen": _DESK,
    "roster_submit": _ENTERS,
    "roster_withdraw": _ENTERS,
    "roster_return": _DECIDES,
    "roster_approve": _DECIDES,
    "roster_progress": _ANYONE,
    "roster_retry": _DECIDES,
    "roster_certificates": _DESK,
    "roster_holder_files": _DESK,
    "roster_papers": _DESK,
    "roster_papers_progress": _DESK,
    "roster_export": _DECIDES,
    "roster_import": _DECIDES,
    # certificates
    "certificates": _ANYONE,
    "certificates_search": _ANYONE,  # posted: an ID number is in the form, and in no address
    "certificate": _ANYONE,
    "certificate_credential": _DESK,
    "certificate_qr": _ANYONE,
    "certificate_pdf": _DESK,
    "certificate_picture": _DESK,
    "certificate_change": Access(roles=frozenset({_APPROVER, _ADMIN, _BUREAU})),
    "certificate_correct": _ENTERS,
    "certificate_correct_ask": _ENTERS,
    "certificate_correct_approve": _DECIDES,
    "certificate_correct_drop": Access(roles=frozenset({_CLERK, _APPROVER})),
    "certificates_bulk": _DECIDES,
    "certificates_bulk_check": _DECIDES,
    "certificates_bulk_revoke": _DECIDES,
    # numbers
    "numbers": _DESK,
    "numbers_preview": _RUNS,
    "numbers_set": _RUNS,
    "numbers_import": _RUNS,
    # how certificates look
    "design": _DESK,
    "design_specimen": _DESK,
    "design_prepare": _RUNS,
    "design_use": _RUNS,
    "design_drop": _RUNS,
    # keys
    "keys": _ANYONE,
    "key_unlock": Access(roles=frozenset({_APPROVER, _ADMIN})),
    "key_lock": _DESK,
    "halt": _ANYONE,
    "resume": Access(roles=frozenset({_ADMIN, _BUREAU})),
    # people and systems
    "people": Access(roles=frozenset({_ADMIN, _BUREAU})),
    "person_add": Access(roles=frozenset({_ADMIN, _BUREAU})),
    "person_change": Access(roles=frozenset({_ADMIN, _BUREAU})),
    "clients": _RUNS,
    "client_add": _RUNS,
    "client_revoke": _RUNS,
    "tenants": _roles(_BUREAU),
    "tenant_set": _roles(_BUREAU),
    # records
    "audit": Access(roles=frozenset({_ADMIN, _BUREAU})),
    "audit_export": Access(roles=frozenset({_ADMIN, _BUREAU})),
    # the API
    "api_roster_upload": Access(scope=Scope.ROSTERS),
    "api_roster": Access(scope=Scope.ROSTERS),
    "api_roster_submit": Access(scope=Scope.ROSTERS),
    "api_roster_withdraw": Access(scope=Scope.ROSTERS),
    "api_roster_papers": Access(scope=Scope.CERTIFICATES),
    "api_certificates": Access(scope=Scope.CERTIFICATES),
    "api_certificate": Access(scope=Scope.CERTIFICATES),
    "api_certificate_credential": Access(scope=Scope.CERTIFICATES),
    "api_certificate_pdf": Access(scope=Scope.CERTIFICATES),
    "api_certificate_revoke": Access(scope=Scope.STATUS),
    "api_certificate_suspend": Access(scope=Scope.STATUS),
    "api_certificate_reinstate": Access(scope=Scope.STATUS),
}
"""The name of a route → whom it lets in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a person who signed in, or a system with a token."""

    name: str
    """For people."""
    who: str
    """For the audit log."""
    institution: str | None
    """None for the bureau's and the districts' officers."""
    account_id: int | None = None
    role: Role | None = None
    district: str = ""
    missing: str = ""
    """The route where this person must go first: to the second factor, or to a new password."""
    csrf: str = field(default="", repr=False)
    scopes: frozenset[Scope] = frozenset()
    address: str = ""

    def may(self, route: str) -> bool:
        """Whether the table lets this caller in."""
        access = ROUTES.get(route)
        if access is None:
            return False
        if access.public:
            return True
        if self.role is None:
            return access.scope is not None and access.scope in self.scopes
        return self.role in access.roles and (not self.missing or self.missing in access.steps)
