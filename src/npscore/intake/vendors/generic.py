"""Tables and objects of any origin."""

from npscore.intake.guessing import guess_fields
from npscore.intake.shapes import Shape

TABLE = Shape(name="generic", fields={}, table=True, guess=guess_fields)

SHAPES = (TABLE,)
