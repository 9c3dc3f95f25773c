"""Dataframes: scores by group on any of them, computed in their own engine. The one home of narwhals."""

from npscore.adapters.frames.breakdown import breakdown
from npscore.adapters.frames.rows import answer_frame

__all__ = ["answer_frame", "breakdown"]
