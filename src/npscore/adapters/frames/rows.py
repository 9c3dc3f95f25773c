"""Rows that rules read, made for whole dataframes by joining them in their own engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import narwhals.stable.v2 as nw

from npscore.adapters.frames.answers import (
    ACCOUNT,
    ASKED_ABOUT,
    INTERACTION,
    INVITATION,
    THEIRS,
    read_answers,
    with_first,
    with_short_names,
    with_times,
)
from npscore.adapters.frames.asked import opened
from npscore.adapters.frames.given import ROW, Given, nothing, with_keys_alike
from npscore.adapters.frames.history import CUSTOMER, touches, with_answers, with_touches
from npscore.adapters.frames.running import GROUP
from npscore.adapters.frames.versions import AT, joined, with_held
from npscore.errors import InputError, short
from npscore.scoring.choices import check_choice
from npscore.scoring.conventions import DEFAULT, Convention, check_convention
from npscore.scoring.scales import Scale
from npscore.segments.fields import LOWER
from npscore.segments.rows import OF_ANSWERS, AsOf, windows_of

if TYPE_CHECKING:
    from typing import TypeVar

    FrameT = TypeVar("FrameT")

_INTERNAL = "__npscore_"


def answer_frame(
    responses: FrameT,
    *,
    customers: FrameT | None = None,
    accounts: FrameT | None = None,
    interactions: FrameT | None = None,
    invitations: FrameT | None = None,
    as_of: AsOf = "answer",
    asked: Iterable[str] = (),
    convention: Convention = DEFAULT,
) -> FrameT:
    """The rows that rules read, one for each answer, made by joining dataframes in their own engine.

    The columns have the names and values that `answer_rows` gives for the
    same records, so that a rule means the same people there and here.

    Args:
        responses: ``id`` (or ``response_id``), ``rating``, ``answered_at`` and
            ``customer_id``. Others that are read where they are there:
            ``account_id``, ``role``, ``interaction_id``, ``invitation_id``,
            ``invited_at``, ``interaction_at``, ``metric`` (``"nps"`` where
            missing), ``completed`` (true) and ``test`` (false). A ``scale`` is
            not: see `convention`. Any frame that `breakdown` takes but PySpark.
        customers: ``id``; further columns, ``account_id`` and
            ``region`` say, become ``customer.region``. Several rows of one id
            are versions, each held since its ``revised_at``, or else its
            ``known_at``; without both there is one row an id.
        accounts: ``id`` and further columns, as with customers.
        interactions: ``id``, ``customer_id``, ``happened_at`` and further
            columns; of several versions the latest stands.
        invitations: ``id``, ``customer_id``, ``invited_at`` and further
            columns, as ``interaction_id``; of several versions the latest
            stands.
        as_of: ``"answer"`` takes customers and accounts as they were when
            answering, ``"now"`` as they stand; see `answer_rows`.
        asked: columns that rules speak of, as in `Segmentation.columns`; made
            are those of them that are made on demand: counts in a window, as
            in ``history.responses.365d``, and lower case, as in
            ``customer.region.lower``. Engines turn a few rare letters into
            other small ones than Python does (``İ``, a final ``Σ``).
        convention: whose scale makes the category of every answer; 0-10 where
            it has none.

    Returns:
        The same kind of frame, lazy in, lazy out, nothing collected; eager
        rows in the order of the responses. Each response once, whatever it
        refers to. Columns: ``response.`` and each column of the responses,
        with ``metric``, ``completed`` and ``test`` in any case; ``customer.``,
        ``account.``, ``interaction.`` and ``invitation.`` and each column of
        these frames, where given, with ``customer.learned_later`` and
        ``account.learned_later``; the short names (``response_id``, ``rating``,
        ``answered_at``, ``invited_at``, ``interaction_at``, ``customer_id``,
        ``account_id``, ``role``) and ``category``; ``history.responses``,
        ``history.rating``, ``history.category`` and ``history.answered_at``;
        ``history.interactions`` and ``history.interaction_at``,
        ``history.invitations`` and ``history.invited_at``, where these frames
        are given; what was asked for. A rule that speaks of another column is
        refused with the nearest name. An answer without a time has no count of
        what was before, and one without a customer counts of 0.

        Times without a zone are in UTC, dates are midnights, and columns keep
        the types that they had. Ties of answers at one moment go by their ids
        as text.

        PyArrow and Dask have no windows, and count by joining the answers of
        each customer with each other: a customer of ten thousand answers makes
        a hundred million pairs there.

    Raises:
        InputError: for what is no dataframe, frames of unlike engines, a
            column that is not there, ratings or times that are none, ids that
            are numbers in one frame and texts in another, an engine that
            cannot convert times to UTC, and two columns of one name; on eager
            frames also for a response without an id or with that of another
            one, and for rows of one customer or account of which nobody can
            tell which held. On lazy ones such answers have no counts of their
            own, and one of such rows is taken.

    Example:
        >>> import polars as pl
        >>> answers = pl.DataFrame({"id": ["r1"], "customer_id": ["c1"], "rating": [3], "answered_at": ["2026-11-22"]})
        >>> answers = answers.with_columns(pl.col("answered_at").str.to_date())
        >>> customers = pl.DataFrame({"id": ["c1"], "region": ["EMEA"]})
        >>> rows = answer_frame(answers, customers=customers)
        >>> rows.select("customer.region", "category", "history.responses").rows()
        [('EMEA', 'detractor', 0)]
    """
    check_convention(convention)
    check_choice("as_of", as_of, ("answer", "now"))
    columns = _asked(asked)
    others = {"customer": customers, "account": accounts, "interaction": interactions, "invitation": invitations}
    frames = {"response": responses, **{kind: frame for kind, frame in others.items() if frame is not None}}
    try:
        given = _given(frames)
        making = _Making(given=given, as_of=as_of, asked=columns, scale=convention.scale_for())
        native: FrameT = making.rows().to_native()
    except nw.exceptions.NarwhalsError as error:
        raise InputError(f"the dataframes do not allow it: {error}".replace("\n", " ")) from error
    return native


def _asked(asked: Iterable[str]) -> list[str]:
    columns = list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else [None]
    if not all(isinstance(column, str) for column in columns):
        raise InputError(f"asked is a list of the names of columns, not {short(asked)}.")
    return [str(column) for column in columns]


def _given(frames: Mapping[str, Any]) -> dict[str, Given]:
    """The frames, checked one by one and against each other."""
    data = {kind: opened(frame) for kind, frame in frames.items()}
    ours = data["response"]
    if ours.implementation.is_spark_like():
        raise InputError("Spark takes the dots in names of columns for another thing; hand the rows over to DuckDB.")
    for kind, one in data.items():
        if type(one) is not type(ours) or one.implementation is not ours.implementation:
            raise InputError(
                f"the responses are {_engine(ours)} and the {kind}s {_engine(one)}; give all frames of one kind."
            )
    return with_keys_alike({kind: Given.of(kind, one) for kind, one in data.items()})


def _engine(data: Any) -> str:
    lazy = "a lazy" if isinstance(data, nw.LazyFrame) else "an eager"
    return f"{lazy} frame of {data.implementation.name.title()}"


@attrs.frozen(kw_only=True)
class _Making:
    """Makes the rows out of frames that were checked."""

    given: Mapping[str, Given]
    as_of: AsOf
    asked: list[str]
    scale: Scale

    def rows(self) -> Any:
        """All columns beside each answer, in the order of the answers where they are in memory."""
        answers = read_answers(self.given["response"], self.scale)
        points = answers.select(ROW, CUSTOMER, ACCOUNT, AT)
        rows = with_answers(answers, {what: self._windows(what) for what in OF_ANSWERS})
        rows = with_short_names(self._with_people(self._with_touches(rows, points), points))
        rows = _lowered(rows, self.asked)
        rows = rows if self.given["response"].is_lazy else nw.maybe_reset_index(rows.collect().sort(ROW))
        return rows.select(*(name for name in rows.collect_schema().names() if not name.startswith(_INTERNAL)))

    def _windows(self, what: str) -> dict[str, int]:
        return {column: within.days for column, (of, within) in windows_of(self.asked).items() if of == what}

    def _with_touches(self, rows: Any, points: Any) -> Any:
        """The invitation that was answered, the interaction it is about, and how many there were of each."""
        if "invitation" in self.given:
            given = self.given["invitation"]
            facts = touches(given, "invited_at", **{ASKED_ABOUT: given.key("interaction_id", "interaction")})
            rows = with_touches(rows, points, facts, "invitation.invited_at", self._windows("invitations"))
            rows = joined(rows, facts.drop(CUSTOMER, AT), {INVITATION: GROUP})
            rows = with_first(rows, INTERACTION, ASKED_ABOUT)
        if "interaction" in self.given:
            facts = touches(self.given["interaction"], "happened_at")
            rows = with_touches(rows, points, facts, "interaction.happened_at", self._windows("interactions"))
            rows = joined(rows, facts.drop(CUSTOMER, AT), {INTERACTION: GROUP})
        return with_times(rows, self.given)

    def _with_people(self, rows: Any, points: Any) -> Any:
        """The customer and the account: the one that the answer names, else that of its customer."""
        if "customer" in self.given:
            whole = self._with_customer(rows, points)
            points = self._with_customer(points, points) if self.given["response"].is_lazy else whole
            rows = whole
        if "account" in self.given:
            rows = with_held(rows, points, ACCOUNT, self.given["account"], self.as_of)
        return rows

    def _with_customer(self, rows: Any, points: Any) -> Any:
        given = self.given["customer"]
        rows = with_held(rows, points, CUSTOMER, given, self.as_of, **{THEIRS: given.key("account_id", "account")})
        return with_first(rows, ACCOUNT, THEIRS)


def _lowered(rows: Any, asked: Iterable[str]) -> Any:
    """The columns that are asked for in lower case; what is no text has none."""
    schema = rows.collect_schema()
    for column in asked:
        base = column.removesuffix(LOWER)
        if base != column and base in schema:
            dtype = schema[base]
            is_text = isinstance(dtype, nw.String | nw.Categorical | nw.Enum)
            text = nw.col(base).cast(nw.String) if is_text and dtype != nw.String else nw.col(base)
            rows = rows.with_columns((text.str.to_lowercase() if is_text else nothing(nw.String())).alias(column))
    return rows
