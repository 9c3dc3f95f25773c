"""Dataframes: scores by group on any of them, computed in their own engine. The one home of narwhals."""

from npscore.adapters.frames.breakdown import breakdown
from npscore.adapters.frames.rules import rule_expression
from npscore.adapters.frames.segmented import assign

__all__ = ["assign", "breakdown", "rule_expression"]
