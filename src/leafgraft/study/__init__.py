"""The line from photos to report, stage by stage."""

from leafgraft.study.audit_stage import audit
from leafgraft.study.commands import cache_to_json, doctor, menu, plan, report, sample
from leafgraft.study.comparison import Comparison, compare
from leafgraft.study.line import run
from leafgraft.study.results import Results

__all__ = [
    "Comparison",
    "Results",
    "audit",
    "cache_to_json",
    "compare",
    "doctor",
    "menu",
    "plan",
    "report",
    "run",
    "sample",
]
