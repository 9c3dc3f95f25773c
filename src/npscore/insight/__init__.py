"""Why a score moved, whether it is drifting, and what small segments are worth.

Everything here is pure and stands on tallies; NumPy and SciPy (the extra
`stats`) are loaded inside the functions that need them.
"""
