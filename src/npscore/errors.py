"""The whole error family. It forks by blame: your data or call, or the world.

Every error carries typed attributes for machines and says one plain sentence,
with a hint where we have one, to people.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # left imports nothing to its right, not even for types


class NpscoreError(Exception):
    """Anything that npscore raises on purpose."""


class InputError(NpscoreError, ValueError):
    """Something is wrong with the data or with the call."""


class OutOfScaleError(InputError):
    """A rating is not one of the integers of its scale.

    Attributes:
        rating: the value as it was given.
        scale: the `Scale` it was held against.
        reason: why not, half a sentence.
    """

    def __init__(self, rating: object, scale: Any, reason: str = "") -> None:
        super().__init__(rating, scale, reason)
        self.rating = rating
        self.scale = scale
        self.reason = reason or f"ratings are the whole numbers from {scale.low} to {scale.high}"

    def __str__(self) -> str:
        return f"{short(self.rating)} is not a rating on the scale {self.scale}: {self.reason}."


class AmbiguousDateError(InputError):
    """A date can be read in two ways and nobody said which.

    Attributes:
        text: the date as it was written.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    @property
    def readings(self) -> str:
        """Both of them, where the date begins with two numbers."""
        numbers = "".join(letter if letter.isdigit() else " " for letter in self.text).split()
        if len(numbers) < 2 or max(len(numbers[0]), len(numbers[1])) > 2:
            return ""
        first, second = (number.lstrip("0") for number in numbers[:2])
        return f": the {first}. of month {second}, or the {second}. of month {first}"

    def __str__(self) -> str:
        return (
            f"the date {self.text!r} may begin with the day or with the month{self.readings}; "
            "say which order holds (--day-first or --month-first at the shell)."
        )


class EmptyTallyError(InputError):
    """There is no answer to make a score of. A score of nothing is never 0."""


class PoolingError(InputError):
    """Answers given on unlike scales were about to be pooled."""


class InvalidRecordError(InputError):
    """A record is not what its kind asks for.

    Attributes:
        kind: of the record, as in ``"response"``.
        field: the field, with dots into nested ones; empty for the whole.
        reason: what is wrong, half a sentence.
        value: what was given.
        faults: how many fields were wrong; this is the first.
    """

    def __init__(self, kind: str, field: str, reason: str, value: object = None, faults: int = 1) -> None:
        super().__init__(kind, field, reason, value, faults)
        self.kind = kind
        self.field = field
        self.reason = reason
        self.value = value
        self.faults = faults

    def __str__(self) -> str:
        where = f"{self.kind}.{self.field}" if self.field else self.kind
        more = f" (and {self.faults - 1} more)" if self.faults > 1 else ""
        return f"{where}: {self.reason}; it was {short(self.value)}{more}."


class InvalidRuleError(InputError):
    """A rule asks for a column that is not there, or for what no column can answer.

    Attributes:
        column: of which the rule speaks, None where the fault is in none.
        reason: what is wrong, one sentence.
    """

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason, column)
        self.reason = reason
        self.column = column

    def __str__(self) -> str:
        return self.reason


class TransitionError(InputError):
    """A case cannot take a step in the state it is in.

    Attributes:
        case: its id.
        state: that it is in, None before it is opened.
        step: that it cannot take.
        allowed: the steps that it can.
    """

    def __init__(self, case: str, state: str | None, step: str, allowed: tuple[str, ...]) -> None:
        super().__init__(case, state, step, allowed)
        self.case = case
        self.state = state
        self.step = step
        self.allowed = allowed

    def __str__(self) -> str:
        is_what = "does not exist yet" if self.state is None else f"is {self.state}"
        return f"the case {self.case} {is_what} and cannot be {self.step}; it can be {', '.join(self.allowed)}."


class InvalidPolicyError(InputError):
    """A policy promises what it cannot keep, or asks for what is unlawful or unwise.

    Attributes:
        policy: its name.
        faults: what is wrong, a sentence each.
    """

    def __init__(self, policy: str, faults: tuple[str, ...]) -> None:
        super().__init__(policy, faults)
        self.policy = policy
        self.faults = faults

    def __str__(self) -> str:
        return f"policy {self.policy!r}: {' '.join(self.faults)}"


class OutsideError(NpscoreError):
    """The world failed: a database, a network, another system.

    Attributes:
        retryable: whether the same call may succeed later.
    """

    retryable = False


class StoreError(OutsideError):
    """A store could not do what it was asked."""


class NotFoundError(StoreError):
    """The store keeps no such record."""


class ConflictError(StoreError):
    """Another record stands under the same key, with other content."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached or is busy; trying again may help."""

    retryable = True


class ConnectorError(OutsideError):
    """A source or a sink could not do what it was asked; trying again may help."""

    retryable = True


class RejectedError(ConnectorError):
    """The other side refused, and will refuse the same again."""

    retryable = False


class RateLimitedError(ConnectorError):
    """The other side asks to come back later.

    Attributes:
        retry_after: in how many seconds, None where it does not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message, retry_after)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return str(self.args[0])


class MissingExtraError(NpscoreError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        package: what could not be imported.
        extra: the extra of npscore that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(package, extra)
        self.package = package
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.package} is not installed; it comes with: pip install 'npscore[{self.extra}]'"


class DataWarning(UserWarning):
    """The data can be scored, but something about them is odd."""


def short(value: object, limit: int = 60) -> str:
    """A value as an error shows it: one line that is not too long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of more digits than Python writes
        return f"a value of type {type(value).__name__} that cannot be written"
    if "\n" in text:  # of a dataframe or an array
        return f"a {type(value).__name__}"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
