"""Who it is about: rules as data, segments, and the rows that rules read.

================  ========================================================
`rules`           what is true or false of a row, and how rules are joined
`leaves`          the rules about single columns
`fields`          columns by name, of which rules are made
`operands`        what columns are compared with
`plain`           the engine that says what rules mean
`words`           the text form, which `reading` reads back
`json_form`       the JSON form, and `jsonlogic` that of rule builders
`columns`         what columns hold, checked before an engine starts
`segmentation`    named rules, in order
================  ========================================================
"""

from npscore.segments.fields import Field, field
from npscore.segments.leaves import Age, Contains, Eq, In, Missing, Range, StartsWith
from npscore.segments.rules import EVERYBODY, NOBODY, And, Not, Or, Rule
from npscore.segments.segmentation import Segment, Segmentation

__all__ = [
    "EVERYBODY",
    "NOBODY",
    "Age",
    "And",
    "Contains",
    "Eq",
    "Field",
    "In",
    "Missing",
    "Not",
    "Or",
    "Range",
    "Rule",
    "Segment",
    "Segmentation",
    "StartsWith",
    "field",
]
