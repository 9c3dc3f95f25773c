"""Proof, shipped: suites that an adapter of your own must pass, and Hypothesis strategies for our values.

It needs pytest and Hypothesis, which come with the extra ``testing``.
"""
