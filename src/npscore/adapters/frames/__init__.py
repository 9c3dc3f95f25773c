"""Dataframes: scores by group on any of them, computed in their own engine. The one home of narwhals."""

from npscore.adapters.frames.breakdown import breakdown

__all__ = ["breakdown"]
