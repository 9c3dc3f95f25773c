"""What ``npscore loop health`` tells."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from npscore.cli.wording import by_name, listed, number
from npscore.loop.cases import PRIORITIES
from npscore.loop.health import AgeBand, Kept
from npscore.loop.recovery import Recovery
from npscore.service import LoopReport


def values(report: LoopReport) -> dict[str, Any]:
    """A report as values that JSON has."""
    health = report.health
    return {
        "answers": report.answers,
        "decided": dict(report.decided),
        "undecided": report.undecided,
        "corrected": list(report.corrected),
        "unassigned": list(report.unassigned),
        "owed": report.owed,
        "rejected": report.rejected,
        "withheld": report.withheld,
        "broken": dict(report.broken),
        "states": dict(health.states),
        "contact": _kept(health.contact),
        "resolution": _kept(health.resolution),
        "reopened": _share(health.reopened),
        "ages": {band.name: band.n for band in health.ages},
        "ages_by_priority": {band.name: dict(band.priorities) for band in health.ages},
        "causes": [{"code": one.code, "n": one.n, "share": one.share} for one in health.causes],
        "owners": [
            {
                "owner": one.owner,
                "n": one.n,
                "open": one.open,
                "contact": _kept(one.contact),
                "resolution": _kept(one.resolution),
            }
            for one in health.owners
        ],
        "recovery": {**_recovery(report.recovery), "why_none": report.no_recovery},
    }


def _kept(kept: Kept) -> dict[str, Any]:
    counts = {name: getattr(kept, name) for name in ("met", "late", "missed", "running", "paused", "without")}
    return {**_share(kept.share), **counts}


_FIGURES = (
    "comparison", "level", "effect", "lower", "upper", "standard_error", "df", "naive", "naive_lower", "naive_upper",
    "expected", "n_detractors", "n_treated", "n_comparison", "joined", "left_out", "unmatched", "unanswered", "silent",
    "elsewhere", "passed_over",
)  # fmt: skip


def _recovery(made: Recovery | None) -> dict[str, Any]:
    if made is None:
        return dict.fromkeys((*_FIGURES, "recovered"))
    one = made.recovered
    limits = {name: getattr(one, name) for name in ("expected", "difference", "standard_error", "lower", "upper")}
    recovered = {"treated": _share(one.treated), "comparison": _share(one.comparison), **limits}
    return {**{name: getattr(made, name) for name in _FIGURES}, "recovered": recovered}


def _share(share: Any) -> dict[str, Any]:
    return {"share": share.value, "lower": share.lower, "upper": share.upper, "n": share.n}


def lines(report: LoopReport) -> Iterator[str]:
    """A report in words."""
    health = report.health
    outcomes = by_name(report.decided)
    missing = f"{number(report.undecided, 'decision')} MISSING" if report.undecided else "none without a decision"
    yield f"{number(report.answers, 'answer')}, {missing}{f': {outcomes}' if outcomes else ''}."
    states = listed(health.states.items())
    nobody = f"{number(len(report.unassigned), 'open one')} with nobody"
    yield f"{number(health.n, 'case')}{f': {states}' if states else ''}; {nobody}."
    yield f"Contacted in time  {_words(health.contact)}"
    yield f"Resolved in time   {_words(health.resolution)}"
    yield f"Opened again       {health.reopened}"
    yield from _row("Open by age", ", ".join(map(_band, health.ages)))
    for cause in health.causes[:5]:
        yield f"Root cause         {cause.code} {cause.n:,} ({cause.share:.0%}, together {cause.cumulative:.0%})"
    yield from _recovered(report)
    yield f"Actions            {report.owed:,} owed, {report.rejected:,} rejected, {report.withheld:,} withheld"
    if report.corrected:
        were = "answer was" if len(report.corrected) == 1 else "answers were"
        yield f"Look at them: {len(report.corrected):,} {were} corrected after the decision: {_some(report.corrected)}"
    for name, fault in list(report.broken.items())[:5]:
        yield f"Broken log {name}: {fault}"


def _words(kept: Kept) -> str:
    waits = listed([("running", kept.running), ("paused", kept.paused)])
    beside = f"; {waits} beside" if waits else ""
    return f"{kept.share}, {kept.late:,} late, {kept.missed:,} missed{beside}"


def _recovered(report: LoopReport) -> Iterator[str]:
    """What calling did to ratings, and beside it the figure that says too much."""
    made = report.recovery
    if made is None or made.effect is None or made.naive is None or made.expected is None:
        yield f"Recovery           {report.no_recovery}"
        return
    effect = _change(made.effect, made.lower, made.upper)
    yield f"Recovery           {effect}: {made.n_treated:,} contacted against {made.n_comparison:,} {made.others}"
    naive = _change(made.naive, made.naive_lower, made.naive_upper)
    yield f"  naive change     {naive}; of that {made.expected:+.1f} comes without a call, for low ratings rise again"
    yield from _row("  not in it", _not_in_it(made))


def _not_in_it(made: Recovery) -> str:
    """The detractors who are on no side, and why."""
    before = "" if made.comparison == "not contacted" else " or before the loop began"
    said = {
        "contacted, not rated again": made.unanswered,
        "contacted, with nobody alike to compare": made.left_out,
        "not called over this rating, not rated again": made.silent,
        "not contacted, with nobody alike": made.unmatched,
        f"contacted over another case{before}": made.elsewhere,
        "not contacted since the loop began": made.passed_over,
    }
    return "; ".join(listed([one]) for one in said.items() if one[1])


def _band(band: AgeBand) -> str:
    """How many are of an age, the most urgent first."""
    urgent = listed((name, band.priorities[name]) for name in reversed(PRIORITIES))
    return f"{band.name} {band.n:,}" + (f" ({urgent})" if urgent else "")


def _row(name: str, text: str) -> Iterator[str]:
    for place, line in enumerate(wrap(text, 90)):
        yield f"{'' if place else name:<19}{line}"


def _change(value: float, lower: float | None, upper: float | None) -> str:
    limits = "too few for an interval" if lower is None or upper is None else f"{lower:+.1f} to {upper:+.1f}"
    return f"{round(value, 1) + 0.0:+.1f} ({limits})"  # nothing is +0.0 and never -0.0


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
