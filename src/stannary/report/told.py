"""The answer of a run as data, for programs: the same figures as on terminal and page, exact."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stannary.border.codes import BY_NAME
from stannary.border.summary import Group
from stannary.report.findings import Findings
from stannary.report.page import caution, headline

__all__ = ["as_data"]


def as_data(findings: Findings, **more: Any) -> dict[str, Any]:
    """Give what a run found as nested data; amounts are USD as exact decimals. `more` is added at the end."""
    summary = findings.summary
    return {
        "outcome": headline(findings),
        "caution": caution(findings) or None,
        "charter": {"title": findings.charter, "version": findings.charter_version},
        "lines": summary.total.lines,
        "covered_lines": findings.covered_lines,
        "covered_trade_usd": findings.covered_trade_usd,
        "adjusted_lines": summary.total.adjusted_lines,
        "adjustment_usd": summary.total.adjustment_usd,
        "adjustment_on_assumed_floors_usd": findings.assumed_floor_usd,
        "by": {name: [_group(group) for group in groups] for name, groups in summary.by.items()},
        "by_economy": [asdict(economy) for economy in findings.economies],
        "stages": [
            {"stage": s.stage, "lines": s.lines, "customs_value_usd": s.customs_value_usd}
            for s in findings.stages
        ],
        "referred": [
            _group(group) | {"words": BY_NAME[group.name].words, "remedy": BY_NAME[group.name].remedy}
            for group in findings.references
        ],
        "largest": [asdict(line) for line in findings.largest],
        "lineage": asdict(findings.lineage) | {"run": findings.lineage.run},
        **more,
    }


def _group(group: Group) -> dict[str, Any]:
    return asdict(group)
