"""Conventions: the declared choices that make "the NPS" one number."""

from npscore.scoring.conventions.choices import DEFAULT, Convention, check_convention

__all__ = ["DEFAULT", "Convention", "check_convention"]
