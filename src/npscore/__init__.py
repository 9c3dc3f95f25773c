"""Net Promoter Score for people who must stand behind the number.

The map of the house, in the order in which data flows:

==============  ==========================================================
``intake``      how answers come in: rows of any tool become records and rejects
``scoring``     what they mean: scales, tallies, scores, intervals, conventions
``segments``    who it is about: rules as data, segments, and the rows that rules read
``loop``        what we do: policies, decisions, cases, replay, loop health
``insight``     why they moved: mix and rate, watching, small segments
``adapters``    one file per technology: dataframes, files, databases
``report``      what people look at: tables for terminal, page and program
``cli``         the command line, outermost
==============  ==========================================================

Every name below is imported on first use, so ``import npscore`` costs next
to nothing and a web service that only scores lists never loads a dataframe
library.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from npscore.adapters.frames import assign, breakdown, rule_expression
    from npscore.adapters.frames.rows import answer_frame
    from npscore.adapters.memory import MemoryStore
    from npscore.adapters.sinks.email import EmailSink
    from npscore.adapters.sinks.lines import JsonLinesSink
    from npscore.adapters.sinks.mails import MailTemplate
    from npscore.adapters.sinks.memory import MemorySink
    from npscore.adapters.sinks.webhook import WebhookSink
    from npscore.adapters.sources.lines import LinesSource, line_of
    from npscore.adapters.sources.memory import MemorySource
    from npscore.adapters.sql import SQLStore, rule_condition
    from npscore.documents import read_policy, read_segments, write_policy, write_segments
    from npscore.errors import (
        AmbiguousDateError,
        ConflictError,
        ConnectorError,
        DataWarning,
        EmptyTallyError,
        InputError,
        InvalidPolicyError,
        InvalidRecordError,
        InvalidRuleError,
        MissingExtraError,
        NotFoundError,
        NpscoreError,
        OutOfScaleError,
        OutsideError,
        PoolingError,
        RateLimitedError,
        RejectedError,
        StoreError,
        StoreUnavailableError,
        TransitionError,
    )
    from npscore.hours import BusinessHours, public_holidays
    from npscore.insight.change import Decomposition, SegmentEffect, decompose, standardise
    from npscore.insight.league import League, Standing, league
    from npscore.insight.peeking import ConfidenceSequence, confidence_sequence
    from npscore.insight.shrinkage import Shrinkage, shrink
    from npscore.insight.watching import ControlChart, Cusum, Ewma, control_chart, cusum, ewma
    from npscore.intake.hygiene import Flag, Hygiene, exclude, flags, without_each
    from npscore.intake.identity import Conflict, Identities, Matches, MatchRule, match
    from npscore.intake.reading import read_responses, stream_responses
    from npscore.intake.results import Intake, Note, Rejected
    from npscore.intake.shapes import Shape
    from npscore.loop.actions import Action
    from npscore.loop.cases import Case, cases_of
    from npscore.loop.clocks import Clock
    from npscore.loop.deciding import Decision, decide
    from npscore.loop.health import LoopHealth, loop_health
    from npscore.loop.history import History
    from npscore.loop.linting import Finding, check_policy, lint
    from npscore.loop.policies import Deed, Escalation, OpenCase, Owners, Policy, PolicyRule
    from npscore.loop.ready import ready_policy
    from npscore.loop.recovery import Recovery, recovery
    from npscore.loop.replaying import Replay, replay
    from npscore.loop.situations import Situation
    from npscore.loop.staff import Staff, Workload, simulate
    from npscore.models import (
        Account,
        Customer,
        Exclusion,
        FollowUp,
        IdentityLink,
        Interaction,
        Invitation,
        InvitationEvent,
        Money,
        Record,
        Response,
    )
    from npscore.plugins import open_store
    from npscore.ports import (
        BulkStore,
        Caseload,
        Counted,
        Engine,
        Exporter,
        Gatherer,
        Historian,
        Pulled,
        Question,
        Receipt,
        Sink,
        Source,
        Store,
    )
    from npscore.scoring.comparing.comparisons import against, compare
    from npscore.scoring.comparing.differences import Comparison, Difference
    from npscore.scoring.comparing.overlapping import compare_with_whole
    from npscore.scoring.comparing.pairs import Homogeneity, PairedComparison, Transitions, compare_paired
    from npscore.scoring.comparing.several import ManyComparison, Pair, Trend, adjust, compare_many, pairwise, trend
    from npscore.scoring.comparing.weighted import WeightedDifference, weighted_difference
    from npscore.scoring.conventions import DEFAULT, Convention
    from npscore.scoring.conventions.known import (
        ASKNICELY,
        CUSTOMERGAUGE_SUMMARY,
        CUSTOMERGAUGE_TREND,
        DIMBAL,
        GAINSIGHT,
        KNOWN_CONVENTIONS,
        NATERO,
        RETENTLY,
    )
    from npscore.scoring.conventions.windows import BackFromLatest, Calendar, Last, Rolling
    from npscore.scoring.intervals import Interval, Moments, interval, moments
    from npscore.scoring.intervals.posteriors import Posterior, posterior, probability_greater
    from npscore.scoring.planning.detection import (
        minimum_detectable_change,
        power,
        sample_size_benchmark,
        sample_size_difference,
    )
    from npscore.scoring.planning.margins import SampleSize, margin, sample_size
    from npscore.scoring.scales import ONE_TO_TEN, STANDARD, Category, Scale, classify
    from npscore.scoring.scores import Score, score
    from npscore.scoring.tallies import Tallies, Tally, tally
    from npscore.scoring.weighting.calibration import Calibration, poststratify, rake, trim
    from npscore.scoring.weighting.precision import EffectiveN, effective_n, fpc
    from npscore.scoring.weighting.weights import WeightedScore, weighted
    from npscore.segments.fields import field
    from npscore.segments.rows import answer_rows, customer_rows
    from npscore.segments.rules import Rule
    from npscore.segments.segmentation import Segment, Segmentation
    from npscore.segments.suppression import suppress
    from npscore.segments.value import Worth, rfm
    from npscore.service import Loop, LoopReport, Restatement, count_answers, known_records, restate

__version__ = "0.1.0"

_HOMES = {
    "npscore.adapters.sources.lines": (
        "LinesSource",
        "line_of",
    ),
    "npscore.adapters.sources.memory": ("MemorySource",),
    "npscore.adapters.sinks.mails": ("MailTemplate",),
    "npscore.adapters.sinks.email": ("EmailSink",),
    "npscore.adapters.sinks.webhook": ("WebhookSink",),
    "npscore.adapters.sinks.lines": ("JsonLinesSink",),
    "npscore.adapters.sinks.memory": ("MemorySink",),
    "npscore.loop.staff": (
        "Staff",
        "Workload",
        "simulate",
    ),
    "npscore.loop.ready": ("ready_policy",),
    "npscore.loop.linting": (
        "Finding",
        "check_policy",
        "lint",
    ),
    "npscore.loop.recovery": (
        "Recovery",
        "recovery",
    ),
    "npscore.loop.health": (
        "LoopHealth",
        "loop_health",
    ),
    "npscore.loop.history": ("History",),
    "npscore.loop.replaying": (
        "Replay",
        "replay",
    ),
    "npscore.loop.actions": ("Action",),
    "npscore.loop.cases": (
        "Case",
        "cases_of",
    ),
    "npscore.loop.deciding": (
        "Decision",
        "decide",
    ),
    "npscore.loop.situations": ("Situation",),
    "npscore.loop.clocks": ("Clock",),
    "npscore.loop.policies": (
        "Deed",
        "Escalation",
        "OpenCase",
        "Owners",
        "Policy",
        "PolicyRule",
    ),
    "npscore.adapters.frames.rows": ("answer_frame",),
    "npscore.hours": ("BusinessHours", "public_holidays"),
    "npscore.documents": (
        "read_policy",
        "read_segments",
        "write_policy",
        "write_segments",
    ),
    "npscore.segments.suppression": ("suppress",),
    "npscore.segments.value": (
        "Worth",
        "rfm",
    ),
    "npscore.segments.rows": (
        "answer_rows",
        "customer_rows",
    ),
    "npscore.scoring.comparing.overlapping": ("compare_with_whole",),
    "npscore.segments.fields": ("field",),
    "npscore.segments.rules": ("Rule",),
    "npscore.segments.segmentation": ("Segment", "Segmentation"),
    "npscore.intake.identity": (
        "Conflict",
        "Identities",
        "MatchRule",
        "Matches",
        "match",
    ),
    "npscore.intake.hygiene": (
        "Flag",
        "Hygiene",
        "exclude",
        "flags",
        "without_each",
    ),
    "npscore.service": (
        "Loop",
        "LoopReport",
        "Restatement",
        "count_answers",
        "known_records",
        "restate",
    ),
    "npscore.adapters.memory": ("MemoryStore",),
    "npscore.adapters.sql": (
        "SQLStore",
        "rule_condition",
    ),
    "npscore.plugins": ("open_store",),
    "npscore.ports": (
        "BulkStore",
        "Caseload",
        "Counted",
        "Engine",
        "Exporter",
        "Gatherer",
        "Historian",
        "Pulled",
        "Question",
        "Receipt",
        "Sink",
        "Source",
        "Store",
    ),
    "npscore.models": (
        "Account",
        "Customer",
        "Exclusion",
        "FollowUp",
        "IdentityLink",
        "Interaction",
        "Invitation",
        "InvitationEvent",
        "Money",
        "Record",
        "Response",
    ),
    "npscore.intake.reading": (
        "read_responses",
        "stream_responses",
    ),
    "npscore.intake.results": (
        "Intake",
        "Note",
        "Rejected",
    ),
    "npscore.intake.shapes": ("Shape",),
    "npscore.adapters.frames": (
        "assign",
        "breakdown",
        "rule_expression",
    ),
    "npscore.errors": (
        "AmbiguousDateError",
        "ConflictError",
        "ConnectorError",
        "DataWarning",
        "EmptyTallyError",
        "InputError",
        "InvalidPolicyError",
        "InvalidRecordError",
        "InvalidRuleError",
        "MissingExtraError",
        "NotFoundError",
        "NpscoreError",
        "OutOfScaleError",
        "OutsideError",
        "PoolingError",
        "RateLimitedError",
        "RejectedError",
        "StoreError",
        "StoreUnavailableError",
        "TransitionError",
    ),
    "npscore.insight.change": (
        "Decomposition",
        "SegmentEffect",
        "decompose",
        "standardise",
    ),
    "npscore.insight.league": (
        "League",
        "Standing",
        "league",
    ),
    "npscore.insight.peeking": (
        "ConfidenceSequence",
        "confidence_sequence",
    ),
    "npscore.insight.shrinkage": (
        "Shrinkage",
        "shrink",
    ),
    "npscore.insight.watching": (
        "ControlChart",
        "Cusum",
        "Ewma",
        "control_chart",
        "cusum",
        "ewma",
    ),
    "npscore.scoring.comparing.comparisons": (
        "against",
        "compare",
    ),
    "npscore.scoring.comparing.differences": (
        "Comparison",
        "Difference",
    ),
    "npscore.scoring.comparing.pairs": (
        "Homogeneity",
        "PairedComparison",
        "Transitions",
        "compare_paired",
    ),
    "npscore.scoring.comparing.several": (
        "ManyComparison",
        "Pair",
        "Trend",
        "adjust",
        "compare_many",
        "pairwise",
        "trend",
    ),
    "npscore.scoring.conventions": (
        "DEFAULT",
        "Convention",
    ),
    "npscore.scoring.conventions.known": (
        "ASKNICELY",
        "CUSTOMERGAUGE_SUMMARY",
        "CUSTOMERGAUGE_TREND",
        "DIMBAL",
        "GAINSIGHT",
        "KNOWN_CONVENTIONS",
        "NATERO",
        "RETENTLY",
    ),
    "npscore.scoring.conventions.windows": (
        "BackFromLatest",
        "Calendar",
        "Last",
        "Rolling",
    ),
    "npscore.scoring.intervals": (
        "Interval",
        "Moments",
        "interval",
        "moments",
    ),
    "npscore.scoring.intervals.posteriors": (
        "Posterior",
        "posterior",
        "probability_greater",
    ),
    "npscore.scoring.planning.detection": (
        "minimum_detectable_change",
        "power",
        "sample_size_benchmark",
        "sample_size_difference",
    ),
    "npscore.scoring.planning.margins": (
        "SampleSize",
        "margin",
        "sample_size",
    ),
    "npscore.scoring.scales": (
        "ONE_TO_TEN",
        "STANDARD",
        "Category",
        "Scale",
        "classify",
    ),
    "npscore.scoring.scores": (
        "Score",
        "score",
    ),
    "npscore.scoring.tallies": (
        "Tallies",
        "Tally",
        "tally",
    ),
    "npscore.scoring.weighting.calibration": (
        "Calibration",
        "poststratify",
        "rake",
        "trim",
    ),
    "npscore.scoring.comparing.weighted": (
        "WeightedDifference",
        "weighted_difference",
    ),
    "npscore.scoring.weighting.precision": (
        "EffectiveN",
        "effective_n",
        "fpc",
    ),
    "npscore.scoring.weighting.weights": (
        "WeightedScore",
        "weighted",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ASKNICELY",
    "CUSTOMERGAUGE_SUMMARY",
    "CUSTOMERGAUGE_TREND",
    "DEFAULT",
    "DIMBAL",
    "GAINSIGHT",
    "KNOWN_CONVENTIONS",
    "NATERO",
    "ONE_TO_TEN",
    "RETENTLY",
    "STANDARD",
    "Account",
    "Action",
    "AmbiguousDateError",
    "BackFromLatest",
    "BulkStore",
    "BusinessHours",
    "Calendar",
    "Calibration",
    "Case",
    "Caseload",
    "Category",
    "Clock",
    "Comparison",
    "ConfidenceSequence",
    "Conflict",
    "ConflictError",
    "ConnectorError",
    "ControlChart",
    "Convention",
    "Counted",
    "Customer",
    "Cusum",
    "DataWarning",
    "Decision",
    "Decomposition",
    "Deed",
    "Difference",
    "EffectiveN",
    "EmailSink",
    "EmptyTallyError",
    "Engine",
    "Escalation",
    "Ewma",
    "Exclusion",
    "Exporter",
    "Finding",
    "Flag",
    "FollowUp",
    "Gatherer",
    "Historian",
    "History",
    "Homogeneity",
    "Hygiene",
    "Identities",
    "IdentityLink",
    "InputError",
    "Intake",
    "Interaction",
    "Interval",
    "InvalidPolicyError",
    "InvalidRecordError",
    "InvalidRuleError",
    "Invitation",
    "InvitationEvent",
    "JsonLinesSink",
    "Last",
    "League",
    "LinesSource",
    "Loop",
    "LoopHealth",
    "LoopReport",
    "MailTemplate",
    "ManyComparison",
    "MatchRule",
    "Matches",
    "MemorySink",
    "MemorySource",
    "MemoryStore",
    "MissingExtraError",
    "Moments",
    "Money",
    "NotFoundError",
    "Note",
    "NpscoreError",
    "OpenCase",
    "OutOfScaleError",
    "OutsideError",
    "Owners",
    "Pair",
    "PairedComparison",
    "Policy",
    "PolicyRule",
    "PoolingError",
    "Posterior",
    "Pulled",
    "Question",
    "RateLimitedError",
    "Receipt",
    "Record",
    "Recovery",
    "Rejected",
    "RejectedError",
    "Replay",
    "Response",
    "Restatement",
    "Rolling",
    "Rule",
    "SQLStore",
    "SampleSize",
    "Scale",
    "Score",
    "Segment",
    "SegmentEffect",
    "Segmentation",
    "Shape",
    "Shrinkage",
    "Sink",
    "Situation",
    "Source",
    "Staff",
    "Standing",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "Tallies",
    "Tally",
    "TransitionError",
    "Transitions",
    "Trend",
    "WebhookSink",
    "WeightedDifference",
    "WeightedScore",
    "Workload",
    "Worth",
    "adjust",
    "against",
    "answer_frame",
    "answer_rows",
    "assign",
    "breakdown",
    "cases_of",
    "check_policy",
    "classify",
    "compare",
    "compare_many",
    "compare_paired",
    "compare_with_whole",
    "confidence_sequence",
    "control_chart",
    "count_answers",
    "customer_rows",
    "cusum",
    "decide",
    "decompose",
    "effective_n",
    "ewma",
    "exclude",
    "field",
    "flags",
    "fpc",
    "interval",
    "known_records",
    "league",
    "line_of",
    "lint",
    "loop_health",
    "margin",
    "match",
    "minimum_detectable_change",
    "moments",
    "open_store",
    "pairwise",
    "posterior",
    "poststratify",
    "power",
    "probability_greater",
    "public_holidays",
    "rake",
    "read_policy",
    "read_responses",
    "read_segments",
    "ready_policy",
    "recovery",
    "replay",
    "restate",
    "rfm",
    "rule_condition",
    "rule_expression",
    "sample_size",
    "sample_size_benchmark",
    "sample_size_difference",
    "score",
    "shrink",
    "simulate",
    "standardise",
    "stream_responses",
    "suppress",
    "tally",
    "trend",
    "trim",
    "weighted",
    "weighted_difference",
    "without_each",
    "write_policy",
    "write_segments",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'npscore' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
