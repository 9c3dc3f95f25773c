"""The shapes of the tools that are known here, one file a tool."""

from npscore.intake.shapes import Shape
from npscore.intake.vendors import (
    asknicely,
    delighted,
    dynamics,
    generic,
    help_scout,
    hubspot,
    qualtrics,
    retently,
    salesforce,
    survey_monkey,
    survicate,
    typeform,
    wootric,
    zendesk,
)

GENERIC = generic.TABLE
"""A table of any origin, whose columns are guessed by their names."""

SHAPES: dict[str, Shape] = {
    shape.name: shape
    for room in (
        asknicely, delighted, dynamics, help_scout, hubspot, qualtrics, retently, salesforce, survey_monkey, survicate,
        typeform, wootric, zendesk, generic,
    )
    for shape in room.SHAPES
}  # fmt: skip
"""Every shape by its name."""
