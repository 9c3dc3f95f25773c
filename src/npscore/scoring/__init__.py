"""What answers mean: scales, tallies, scores, intervals and conventions.

Everything here is pure: no clock, no file, no chance. A statistic is a
function of a `Tally`, and a tally of a million ratings is three integers.
"""
