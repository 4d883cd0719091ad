"""The rules that a certificate must meet before it is signed, as far as it and its batch can tell.

Rule numbers (E01 …) are those of the rule book; their words are in section `roster` of
schemas/codes.json. What needs the registry (E16, E17) or the database is checked elsewhere.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from issuer.roster import skill_number
from issuer.roster.findings import Finding, finding, from_problem, masked, severity_of
from issuer.roster.id_numbers import check_id_number
from issuer.roster.names import comparison_key, read_name
from schemas import certificate_types, vocabulary
from schemas.certificate_types import CertificateType, validate

USUAL_HOURS = 8  # 学时 a day, each of 45 minutes; more is worth a second look
MOST_HOURS = 12  # 学时 a day; more is a mistake
MOST_HOURS_IN_ALL = 9999  # what the type's schema has room for
ROWS_NAMED = 3  # other rows that one finding names

Row = tuple[int, Mapping[str, object]]
"""The row's number in the workbook and its claims."""

_DERIVED = frozenset({"id_number_tail"})  # the issuer fills it in


def check_claims(
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    *,
    today: date,
    demo: bool,
    row: int | None = None,
    absent: Collection[str | None] = (),
    unseen: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Return what is wrong or odd with the claims of one certificate, in the order of the claims.

    `claims` are in the form that is signed, the hidden ones included unless they are `unseen`, the
    envelope left out; `id_number_tail` may still be missing. No reference to a training certificate is asked for where
    `training_ref` is `absent`: a roster without the column has been told so once.
    """
    dates = _dates(claims)
    findings = [
        *_check_dates(claims, dates, today),
        *_check_hours(claims, dates),
        *_check_occupation(certificate_type, claims),
        *_check_name(claims),
        *_check_id_number(claims, on=dates.get("issue_date", today), demo=demo),
        *_check_class(claims),
        *([] if "training_ref" in absent else _check_training_reference(certificate_type, claims)),
        *_check_award(certificate_type, claims, dates),
    ]
    findings += _check_schema(certificate_type, claims, findings, unseen)
    if not findings:
        return []
    place = {name: index for index, name in enumerate(certificate_type.claims)}
    findings.sort(key=lambda found: place.get((found.column or "").partition(".")[0], len(place)))
    return [
        replace(found, row=row, details={**found.details, "type": certificate_type.name})
        for found in findings
    ]


def check_batch(certificate_type: CertificateType, rows: Sequence[Row]) -> list[Finding]:
    """Return what rows of one batch have against each other: E14, E15 and E19."""
    findings: list[Finding] = []
    for number, same in _groups(
        (str(claims.get("certificate_number", "")), row) for row, claims in rows
    ):
        for row in same:
            others = _others(row, same)
            findings.append(
                finding(
                    "number_duplicate",
                    row=row,
                    column="certificate_number",
                    number=number,
                    rows=others,
                )
            )
    by_row = dict(rows)
    for _, same in _groups((_person(claims), row) for row, claims in rows):
        group = [(row, by_row[row]) for row in same]
        findings += _check_person(certificate_type, group) or _check_overlap(group)
    return sorted(findings, key=lambda found: found.row or 0)


def check_training(claims: Mapping[str, object], training: Mapping[str, object]) -> list[Finding]:
    """Return where a level certificate departs from the training certificate it names (E18)."""
    compared = ["occupation", "direction", "level"]
    if "id_number" in claims and "id_number" in training:
        compared.append("id_number")
    else:
        compared += [name for name in ("holder_name", "id_number_tail") if name in training]
    findings: list[Finding] = []
    for name in compared:
        given, trained = claims.get(name), training.get(name)
        if name == "holder_name":
            same = comparison_key(str(given)) == comparison_key(str(trained))
        else:
            same = given == trained
        if not same:
            if name == "id_number":
                given, trained = masked(str(given)), masked(str(trained))
            findings.append(
                finding(
                    "training_reference_mismatch",
                    column=name,
                    training=trained,
                    given=given,
                    type="technical_level",
                )
            )
    return findings


# E01, E02, E22


@cache
def _date_claims() -> tuple[str, ...]:
    """All claims that are a date, of whatever type."""
    claims = {name for one in certificate_types.all_types() for name in one.claims}
    return tuple(sorted(name for name in claims if name.endswith("_date")))


def _dates(claims: Mapping[str, object]) -> dict[str, date]:
    """The claims that are a date and can be read as one."""
    dates: dict[str, date] = {}
    for name in _date_claims():
        text = claims.get(name)
        if isinstance(text, str):
            try:
                dates[name] = date.fromisoformat(text)
            except ValueError:
                continue
    return dates


def _check_dates(
    claims: Mapping[str, object], dates: Mapping[str, date], today: date
) -> list[Finding]:
    findings = [
        finding("date_unreadable", column=name, text=text)
        for name in _date_claims()
        if name not in dates and (text := claims.get(name))
    ]
    start, end, issue = (dates.get(name) for name in ("start_date", "end_date", "issue_date"))
    if start and end and end < start:
        findings.append(finding("end_before_start", column="end_date", start=start, end=end))
    if end and issue and issue < end:
        findings.append(finding("issue_before_end", column="issue_date", issue=issue, end=end))
    if issue and issue > today:
        findings.append(finding("issue_date_future", column="issue_date", issue=issue, today=today))
    return findings


# E03, W03, E04


def _check_hours(claims: Mapping[str, object], dates: Mapping[str, date]) -> list[Finding]:
    text = claims.get("hours")
    if not text:
        return []
    try:
        hours = Decimal(str(text))
    except InvalidOperation:
        hours = Decimal("NaN")
    if not hours.is_finite():
        return [finding("hours_unreadable", column="hours", text=text)]
    if hours <= 0:
        return [finding("hours_not_positive", column="hours", hours=text)]
    if hours > MOST_HOURS_IN_ALL or hours % Decimal("0.5"):
        return [finding("hours_step", column="hours", hours=text, limit=MOST_HOURS_IN_ALL)]
    if "start_date" not in dates or "end_date" not in dates:
        return []
    days = (dates["end_date"] - dates["start_date"]).days + 1
    if days < 1 or hours <= USUAL_HOURS * days:
        return []
    code, limit = "hours_per_day_high", USUAL_HOURS
    if hours > MOST_HOURS * days:
        code, limit = "hours_per_day_impossible", MOST_HOURS
    per_day = f"{hours / days:.1f}"
    return [finding(code, column="hours", days=days, hours=text, per_day=per_day, limit=limit)]


# E06, E07 (E05 is the schema's)


def _check_occupation(
    certificate_type: CertificateType, claims: Mapping[str, object]
) -> list[Finding]:
    occupation, direction = claims.get("occupation"), claims.get("direction")
    if not isinstance(occupation, str) or not occupation:
        return []
    if vocabulary.occupation_must_be_listed(certificate_type.name):
        known = vocabulary.occupation(occupation)
        if known is None or known.name != occupation:
            return [finding("occupation_unknown", column="occupation", text=occupation)]
    if not isinstance(direction, str) or not direction:
        return []
    meant = vocabulary.direction(certificate_type.name, occupation, direction)
    match meant.state:
        case "none" if direction != meant.name:
            return [finding("direction_mark", column="direction", mark=meant.name, text=direction)]
        case "unlisted" | "unknown":
            return [
                finding(
                    f"direction_{meant.state}",
                    column="direction",
                    occupation=occupation,
                    direction=direction,
                    allowed=meant.allowed,
                )
            ]
    return []


# E12, E13 (E11 is said where cells are read)


def _check_name(claims: Mapping[str, object]) -> list[Finding]:
    name = claims.get("holder_name")
    if not isinstance(name, str) or not name:
        return []
    _, problems = read_name(name)
    return [
        from_problem(code, details, column="holder_name")
        for code, details in problems
        if severity_of(code) == "error"
    ]


# E08, E10, E21 (E09 is said where cells are read)


def _check_id_number(claims: Mapping[str, object], *, on: date, demo: bool) -> list[Finding]:
    id_type, number = claims.get("id_type"), claims.get("id_number")
    if not isinstance(id_type, str) or not isinstance(number, str) or not id_type or not number:
        return []
    problems = check_id_number(id_type, number, on=on, demo=demo)
    findings = [
        from_problem(code, details, column="id_type" if code == "id_type_unknown" else "id_number")
        for code, details in problems
    ]
    if "id_number_tail" in claims and claims["id_number_tail"] != number[-4:]:
        findings.append(finding("claim_invalid", column="id_number_tail", detail=masked(number)))
    return findings


# classes and awards


def _check_class(claims: Mapping[str, object]) -> list[Finding]:
    if claims.get("class_kind") == "冠名班" and not claims.get("sponsor"):
        return [finding("sponsor_missing", column="sponsor")]
    return []


def _check_award(
    certificate_type: CertificateType, claims: Mapping[str, object], dates: Mapping[str, date]
) -> list[Finding]:
    findings: list[Finding] = []
    basis = claims.get("award_basis")
    if isinstance(basis, Mapping) and basis.get("kind") == "竞赛获奖":
        findings += [
            finding("award_incomplete", column=f"award_basis.{name}")
            for name in ("competition", "rank", "year")
            if not basis.get(name)
        ]
    number, level = claims.get("certificate_number"), claims.get("level")
    if certificate_type.name == skill_number.TYPE and isinstance(number, str) and number:
        findings += skill_number.check_skill_number(
            number, level=str(level), issue_date=dates.get("issue_date")
        )
    return findings


# E18


def _check_training_reference(
    certificate_type: CertificateType, claims: Mapping[str, object]
) -> list[Finding]:
    if "training_ref" not in certificate_type.claims:
        return []
    reference = claims.get("training_ref")
    if not reference:
        return [finding("training_reference_missing", column="training_ref")]
    members = ("issuer", "certificate_number")
    if isinstance(reference, Mapping) and not all(reference.get(name) for name in members):
        return [finding("training_reference_incomplete", column="training_ref")]
    return []


# the rest: whatever the schema refuses and no rule has named


def _check_schema(
    certificate_type: CertificateType,
    claims: Mapping[str, object],
    said: Iterable[Finding],
    unseen: frozenset[str],
) -> list[Finding]:
    columns = {found.column for found in said if found.severity == "error"}
    findings: list[Finding] = []
    for path, code, details in validate(certificate_type, claims, unseen=unseen):
        top = path.partition(".")[0]
        if path in columns or top in columns or (path in _DERIVED and code == "cell_missing"):
            continue
        if path in certificate_type.hidden and isinstance(claims.get(path), str):
            details |= {"number": masked(str(claims[path])), "id_type": claims.get("id_type", "")}
        findings.append(from_problem(code, details, column=path))
    return findings


# E14, E15, E19


def _groups(pairs: Iterable[tuple[object, int]]) -> list[tuple[object, tuple[int, ...]]]:
    """Keys that several rows share, with those rows; a key that is missing is nobody's."""
    rows: dict[object, list[int]] = defaultdict(list)
    for key, row in pairs:
        if key:
            rows[key].append(row)
    return [(key, tuple(same)) for key, same in rows.items() if len(same) > 1]


def _others(row: int, rows: Sequence[int]) -> tuple[int, ...]:
    return tuple(other for other in rows if other != row)[:ROWS_NAMED]


def _person(claims: Mapping[str, object]) -> object:
    """What makes two rows the same person: the ID number, else the name."""
    if claims.get("id_number"):
        return str(claims.get("id_type", "")), str(claims["id_number"])
    return comparison_key(str(claims.get("holder_name", "")))


def _check_person(certificate_type: CertificateType, group: Sequence[Row]) -> list[Finding]:
    achievement = ("occupation", "direction", "level")
    if not set(achievement) <= set(certificate_type.claims):
        return []
    achievements = (
        (tuple(str(claims.get(name, "")) for name in achievement), row) for row, claims in group
    )
    names = {row: claims.get("holder_name") for row, claims in group}
    return [
        finding(
            "person_duplicate",
            row=row,
            column="holder_name",
            name=names[row],
            rows=_others(row, same),
        )
        for _, same in _groups(achievements)
        for row in same
    ]


def _check_overlap(group: Sequence[Row]) -> list[Finding]:
    spans = []
    for row, claims in group:
        dates = _dates(claims)
        if "start_date" in dates and "end_date" in dates:
            spans.append((dates["start_date"], dates["end_date"], row, claims.get("holder_name")))
    return [
        finding("classes_overlap", row=row, column="start_date", name=name, rows=others)
        for start, end, row, name in spans
        if (others := _others(row, [other for s, e, other, _ in spans if s <= end and start <= e]))
    ]
