"""What is noticed while rows are read, counted with its first examples."""

from __future__ import annotations

import attrs

from npscore.intake.results import Note

_EXAMPLES = 5


@attrs.define
class Noticed:
    """Notes in the making."""

    _found: dict[tuple[str, str], tuple[int, list[tuple[int, str]]]] = attrs.Factory(dict)

    def say(self, about: str, text: str) -> None:
        """Note a sentence about all rows."""
        self._found.setdefault((about, text), (0, []))

    def count(self, about: str, text: str, row: int, said: str = "") -> None:
        """Count one more row for a sentence."""
        times, examples = self._found.get((about, text), (0, []))
        if len(examples) < _EXAMPLES:
            examples.append((row, said[:80]))
        self._found[about, text] = times + 1, examples

    def notes(self) -> tuple[Note, ...]:
        """What was noticed since it was last asked."""
        notes = tuple(Note(*key, times, tuple(examples)) for key, (times, examples) in self._found.items())
        self._found.clear()
        return notes
