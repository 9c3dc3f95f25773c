"""What answers mean: scales, tallies, scores, intervals and conventions.

Everything here is pure: no clock, no file, no chance. A statistic is a
function of a `Tally`, and a tally of a million ratings is three integers.

The rooms inside, each importing only those above it:

==================================  ==============================================
``scales``, ``tallies``             what was asked, and what was counted
``intervals``                       how sure a score is
``conventions``, ``scores``         the declared choices, and the number they make
``planning``                        how many answers a question needs
``weighting``                       answers that stand for unequal numbers
``comparing``                       one score against another
``groups``                          rows counted by key
==================================  ==============================================
"""
