"""What was asked and what was given: metric, scale, rating, and the tool's category held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from npscore.intake import values as say
from npscore.intake.cells import BLANKS, read_leniently, read_rating
from npscore.intake.values import Fault
from npscore.scoring.scales import as_whole, classify, is_missing

if TYPE_CHECKING:
    from npscore.intake.noticing import Noticed
    from npscore.intake.options import Reading
    from npscore.intake.shapes import Shape


class Answers:
    """Reads the answer itself out of the fields that a row said.

    Args:
        shape: how the rows look.
        reading: what the caller said.
        noticed: takes the notes.
        asks: whether the rows say themselves what was asked.
    """

    def __init__(self, shape: Shape, reading: Reading, noticed: Noticed, *, asks: bool) -> None:
        self.shape, self.reading, self.noticed, self.asks = shape, reading, noticed, asks

    def read(self, number: int, said: dict[str, Any]) -> dict[str, Any]:
        """Rating, metric, scale and kind of survey.

        Raises:
            Fault: for what is none of these.
        """
        asked = self._asked(said)
        metric = say.METRICS[asked]
        scale = self._scale(said, asked)
        rating = self._rating(number, said.get("rating"), scale)
        if "category" in said and rating is not None:
            self._check_category(number, said["category"], rating, metric, scale)
        return {"rating": rating, "metric": metric, "scale": scale, "survey_kind": _kind(said, asked)}

    def _asked(self, said: dict[str, Any]) -> str:
        """The tool's own word for the metric, in lower case."""
        asked = said.get("metric")
        if asked is None and not self.asks:
            return "nps"
        if asked is None:
            raise Fault(
                "metric",
                "nobody says what was asked; constants={'metric': 'nps'} (--set metric=nps at the shell) would",
            )
        text = asked.strip().lower() if isinstance(asked, str) else ""
        if text not in say.METRICS:
            raise Fault("metric", "none of nps, csat, ces and star", asked)
        return text

    def _scale(self, said: dict[str, Any], asked: str) -> str:
        metric, text = say.METRICS[asked], said.get("scale")
        if text is None:
            shape = self.shape.scales
            text = self.reading.scales.get(metric) or shape.get(asked) or shape.get(metric) or say.SCALES[metric]
        if not isinstance(text, str):
            raise Fault("scale", "not a scale; it is written as 0-10 or 1-5:4:5", text)
        say.bounds(text.strip())
        if metric == "nps":
            say.scale_of(text.strip())
        return text.strip()

    def _rating(self, number: int, raw: object, scale: str) -> int | None:
        low, high = say.bounds(scale)
        value = read_rating(raw, self.reading.words)
        if is_missing(value):
            self._notice_unexplained(number, raw)
            return None
        rating = as_whole(value)
        if rating is None and self.reading.lenient and isinstance(raw, str):
            rating = self._leniently(number, raw, high)
        if rating is None:
            is_formula = isinstance(raw, str) and say.is_formula(raw)
            raise Fault("rating", "a spreadsheet formula" if is_formula else "not a whole number", raw)
        if not low <= rating <= high:
            raise Fault("rating", f"not on the scale {scale}", raw)
        return rating

    def _notice_unexplained(self, number: int, raw: object) -> None:
        if self.reading.words and isinstance(raw, str) and raw.strip().lower() not in BLANKS:
            self.noticed.count("words", "words that nobody explained were taken for no answer:", number, repr(raw))

    def _leniently(self, number: int, raw: str, high: int) -> int | None:
        rating = read_leniently(raw, high)
        if rating is not None:
            meant = f"{raw.strip()[:60]!r} as {rating}"
            self.noticed.count("lenient", "ratings were read out of texts that say more:", number, meant)
        return rating

    def _check_category(self, number: int, raw: object, rating: int, metric: str, scale: str) -> None:
        """Hold the tool's category against the one that follows from the rating."""
        told = say.label(raw)
        meant = f"{str(raw)[:40]!r} for {rating}" if isinstance(raw, str) else ""
        if told is None:
            self.noticed.count("category", "categories that are not known here were not compared:", number, meant)
        elif metric != "nps":
            text = f"the tool puts answers of {metric}, which have no category, into those of NPS:"
            self.noticed.count("category", text, number, meant)
        elif told != classify(rating, say.scale_of(scale)):
            self.noticed.count("category", "the tool's category contradicts the rating, which counts:", number, meant)


def _kind(said: dict[str, Any], asked: str) -> str:
    text = say.line("survey_kind", said.get("survey_kind"))
    if text is None:
        return "employee" if asked == "enps" else "relationship"
    if text.lower() not in say.KINDS:
        raise Fault("survey_kind", f"none of {', '.join(dict.fromkeys(say.KINDS.values()))}", text)
    return say.KINDS[text.lower()]
