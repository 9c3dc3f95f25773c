"""Conventions: the declared choices that make "the NPS" one number."""

from __future__ import annotations

from typing import Any, Literal, get_args

import attrs

from npscore.errors import InputError, PoolingError
from npscore.periods import zone_info
from npscore.scoring.intervals import Method, check_level, check_method
from npscore.scoring.scales import STANDARD, Scale
from npscore.scoring.tallies import Tally

Unanswered = Literal["leave out", "count in the base"]


def _known(_convention: Convention, _attribute: attrs.Attribute[str], value: str) -> None:
    if value not in get_args(Unanswered):
        raise InputError(f"unanswered={value!r} is not known; it is 'leave out' or 'count in the base'.")


def _one_line(_convention: Convention, _attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value.isprintable():
        raise InputError(f"the name of a convention is one line of text, not {value!r}.")


def _scale(convention: Convention, attribute: attrs.Attribute[Scale | None], value: object) -> None:
    if not isinstance(value, Scale | None):
        raise InputError(f"the scale of a convention is a Scale or None, not {value!r}; read text with Scale.parse.")


def _zone(convention: Convention, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"the zone of a convention is a name such as 'Europe/Paris', not {value!r}.")
    if value != "UTC":
        zone_info(value)


@attrs.frozen(kw_only=True)
class Convention:
    """The declared choices that make "the NPS" one number.

    "What is our NPS?" has no answer until somebody has made these choices. A
    convention makes them a value that travels with the score, has a name and a
    fingerprint, and is printed in one line under every table.

    Args:
        scale: the scale on which the answers were given; None takes the one
            that the data brings (0-10 for bare ratings). A scale given here
            that is unlike the data's is a `PoolingError`.
        unanswered: ``"leave out"`` those who did not answer, or
            ``"count in the base"``: they then act as passives.
        zone: the time zone in which days begin, and in which times without a
            zone are read.
        level: the confidence level of intervals, a fraction.
        method: the method of intervals.
        name: what people call it; ``"default"`` is kept for the default, and
            an unnamed one is ``"custom"``.

    Raises:
        InputError: for a choice that does not exist.

    Example:
        >>> board = Convention(unanswered="count in the base", name="board report")
        >>> score(Tally(20, 20, 60, unanswered=25)).value
        40.0
        >>> score(Tally(20, 20, 60, unanswered=25), convention=board).value
        32.0
        >>> board.fingerprint, DEFAULT.fingerprint
        ('fcaac2aa', '4f6ce90b')
    """

    scale: Scale | None = attrs.field(default=None, validator=_scale)
    unanswered: Unanswered = attrs.field(default="leave out", validator=_known)
    zone: str = attrs.field(default="UTC", validator=_zone)
    level: float = attrs.field(default=0.95, validator=lambda convention, attribute, value: check_level(value))
    method: Method = attrs.field(
        default="adjusted_wald", validator=lambda convention, attribute, value: check_method(value)
    )
    name: str = attrs.field(default="", eq=False, validator=_one_line)

    def __attrs_post_init__(self) -> None:
        if not self._choices():
            name = "default" if self.name in ("", "custom") else self.name
        else:
            name = "custom" if self.name in ("", "default") else self.name
        object.__setattr__(self, "name", name)

    def _choices(self) -> dict[str, Any]:
        """What was chosen unlike the default, as text that JSON can hold."""
        return {
            field.name: str(value) if isinstance(value := getattr(self, field.name), Scale) else value
            for field in attrs.fields(Convention)
            if field.eq and getattr(self, field.name) != field.default
        }

    @property
    def fingerprint(self) -> str:
        """Eight hex digits made of the choices alone: equal conventions, equal fingerprints.

        Only choices unlike the default enter, so a fingerprint stays what it
        is when conventions gain a choice. The name does not enter.
        """
        import hashlib
        import json

        text = json.dumps(self._choices(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"npscore convention {text}".encode()).hexdigest()[:8]

    def __str__(self) -> str:
        return f"{self.name} [{self.fingerprint}]: " + ", ".join(
            (
                "every answer counts",
                "unanswered left out" if self.unanswered == "leave out" else "unanswered count in the base",
                f"scale {self.scale}" if self.scale else "the data's own scale (0-10 if none)",
                f"days in {self.zone}",
                f"{100 * self.level:.6g} % {self.method.replace('_', ' ').replace('wald', 'Wald')}",
            )
        )

    def scale_for(self, own: Scale | None = None) -> Scale:
        """The scale to use for data that brings its `own`, or None.

        Raises:
            PoolingError: when the convention names another one.
        """
        if own is not None and self.scale is not None and own != self.scale:
            raise PoolingError(
                f"the answers were given on the scale {own}, the convention asks for {self.scale}; "
                "leave its scale out to take theirs."
            )
        return self.scale or own or STANDARD

    def base_of(self, tally: Tally) -> Tally:
        """The tally that the score is made of: unanswered act as passives where they count."""
        if self.unanswered == "leave out":
            return tally
        return attrs.evolve(tally, passives=tally.passives + tally.unanswered, unanswered=0)


def check_convention(convention: object) -> None:
    """Refuse what is no `Convention`."""
    if not isinstance(convention, Convention):
        raise InputError(f"the convention is a Convention, not {convention!r}; leave it out for the default.")


DEFAULT = Convention()
"""Every answer counts, unanswered are left out, days in UTC, 95 % adjusted Wald."""
