"""How many examples a property test draws: a share of the profile's, so that a soak soaks all of them."""

from hypothesis import settings


def examples(number: int) -> settings:
    """`number` examples where the profile says 100, and in proportion elsewhere."""
    return settings(max_examples=max(1, number * settings().max_examples // 100))
