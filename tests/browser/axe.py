"""axe-core, which the phone page's development dependencies bring, and what it is asked for."""

from functools import cache
from pathlib import Path

MODULES = Path(__file__).parents[2] / "verifier" / "web" / "node_modules"

VIOLATIONS = """
async (rules) => (await axe.run(document, { preload: false, runOnly: rules ?? [
  'wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
  .violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target + ' ' + node.failureSummary).join(' | ')}`)
"""
"""A script: what violates WCAG 2.2 AA or good practice, or some rules, on a page that has `axe()`."""


@cache
def axe() -> str:
    """Its text."""
    return (MODULES / "axe-core" / "axe.min.js").read_text("utf-8")
