"""Mix and rate: worked by hand, the rule for segments that come and go, errors, and what is refused."""

import math
import pickle
import sys

import numpy as np
import pytest

from npscore import (
    EmptyTallyError,
    InputError,
    MissingExtraError,
    PoolingError,
    Scale,
    Tally,
    decompose,
    standardise,
)

BEFORE = {"a": (60, 50.0), "b": (40, 10.0)}
AFTER = {"a": (30, 60.0), "b": (70, 20.0)}
TALLIES = (
    {"a": Tally(10, 20, 30), "b": Tally(40, 15, 5), "c": Tally(3, 9, 30)},
    {"a": Tally(5, 22, 41), "b": Tally(70, 35, 55), "d": Tally(8, 3, 20)},
)


def test_the_twofold_form_worked_by_hand():
    moved = decompose(BEFORE, AFTER)
    assert (moved.before, moved.after) == (34.0, 32.0)
    assert moved.mix == pytest.approx(-0.3 * 55 + 0.3 * 15)
    assert moved.rate == pytest.approx(0.45 * 10 + 0.55 * 10)
    assert moved.interaction == 0.0
    assert moved.mix + moved.rate == pytest.approx(moved.difference, abs=1e-12)
    assert moved.segments["a"].mix == pytest.approx(-0.3 * (55 - 33))
    assert moved.segments["b"].mix == pytest.approx(0.3 * (15 - 33))
    assert moved.segments["a"].rate == pytest.approx(4.5)
    assert moved.segments["a"].total == pytest.approx(-6.6 + 4.5)


def test_the_threefold_form_worked_by_hand():
    moved = decompose(BEFORE, AFTER, form="three")
    assert moved.mix == pytest.approx(-0.3 * 50 + 0.3 * 10)
    assert moved.rate == pytest.approx(10)
    assert moved.interaction == pytest.approx(0)
    assert decompose(BEFORE, {"a": (30, 60), "b": (70, 10)}, form="three").interaction == pytest.approx(-0.3 * 10)
    assert moved.segments["a"].mix == pytest.approx(-0.3 * (50 - 34))
    assert moved.segments["b"].interaction == pytest.approx(0.3 * 10)


def test_left_uncentred_the_mix_of_a_segment_is_the_textbook_s():
    moved = decompose(BEFORE, AFTER, centred=False)
    assert moved.segments["a"].mix == pytest.approx(-0.3 * 55)
    assert moved.segments["b"].mix == pytest.approx(0.3 * 15)
    assert moved.mix == pytest.approx(decompose(BEFORE, AFTER).mix)


def test_a_growing_segment_below_average_does_not_help():
    assert decompose(BEFORE, AFTER).segments["b"].mix < 0 < decompose(BEFORE, AFTER, centred=False).segments["b"].mix


def test_simpson_every_segment_rises_and_the_whole_falls():
    moved = decompose(BEFORE, {"a": (20, 60.0), "b": (80, 20.0)})
    assert moved.difference < 0 < moved.rate
    assert all(effect.rate > 0 for effect in moved.segments.values())


def test_tallies_and_pairs_give_the_same_effects():
    pairs = [{k: (t.n, 100 * (t.promoters - t.detractors) / t.n) for k, t in groups.items()} for groups in TALLIES]
    one, two = decompose(*TALLIES), decompose(*pairs)
    assert one.mix == pytest.approx(two.mix, abs=1e-12)
    assert one.rate == pytest.approx(two.rate, abs=1e-12)
    assert two.mix_interval is None
    assert two.segments["a"].rate_standard_error is None
    assert one.before == pytest.approx(100 * (65 - 53) / 162)


def test_a_segment_that_comes_or_goes_takes_the_overall_score_and_is_named():
    moved = decompose({"a": (50, 40), "old": (50, 0)}, {"a": (50, 40), "new": (50, 80)})
    assert (moved.appeared, moved.vanished) == (("new",), ("old",))
    new, old = moved.segments["new"], moved.segments["old"]
    assert (new.status, old.status, moved.segments["a"].status) == ("appeared", "vanished", "stayed")
    assert (new.score_before, new.score_after, old.score_after) == (None, 80.0, None)
    assert new.rate == pytest.approx((80 - 20) * 0.25)
    assert new.mix == pytest.approx(0.5 * ((20 + 80) / 2 - (20 + 60) / 2))
    assert old.rate == pytest.approx((60 - 0) * 0.25)
    assert old.mix == pytest.approx(-0.5 * ((0 + 60) / 2 - 40))
    assert moved.mix + moved.rate == pytest.approx(40)


@pytest.mark.parametrize("nothing", [(0, 99.0), (0, 0), (0, None), (0, math.nan), Tally(unanswered=3)])
def test_size_nought_is_absent_whatever_its_score(nothing):
    moved = decompose({"a": (10, 20), "b": nothing}, {"a": (10, 20), "b": (10, 60)})
    assert moved.appeared == ("b",)
    assert moved.segments["b"].score_before is None
    assert moved.segments["b"].rate == pytest.approx((60 - 20) * 0.25)
    both = decompose({"a": (10, 20), "b": nothing}, {"a": (10, 30), "b": nothing})
    assert both.segments["b"].status == "absent"
    assert both.segments["b"].total == 0


def test_segments_are_a_mapping_that_makes_what_is_asked_for():
    segments = decompose(*TALLIES).segments
    assert list(segments) == ["a", "b", "c", "d"]
    assert len(segments) == 4
    assert "c" in segments
    assert "z" not in segments
    assert dict(segments)["a"] == segments["a"]
    assert repr(segments) == "<Segments: 4>"
    with pytest.raises(KeyError):
        segments["z"]


def test_the_largest_movers_come_first_whatever_their_sign():
    moved = decompose({"a": (1, 0), "b": (1, 0), "c": (1, 0)}, {"a": (1, 3), "b": (1, -90), "c": (1, 30)})
    assert list(moved.segments.largest(2)) == ["b", "c"]
    assert list(moved.segments.largest()) == ["b", "c", "a"]


def numeric_errors(before, after, form, centred, names):
    """Standard errors from numeric slopes in every cell: the delta method with no algebra."""
    cells = [{name: np.array([t.detractors, t.passives, t.promoters], float) for name, t in groups.items()}
             for groups in (before, after)]  # fmt: skip
    shares = [{k: v / sum(map(np.sum, groups.values())) for k, v in groups.items()} for groups in cells]

    def effects(two):
        pairs = [{k: (v.sum(), 100 * (v[2] - v[0]) / v.sum()) for k, v in groups.items()} for groups in two]
        moved = decompose(*pairs, form=form, centred=centred)
        segments = [getattr(moved.segments[name], part) for part in ("mix", "rate") for name in names]
        return np.array([moved.mix, moved.rate, moved.interaction, moved.difference, *segments])

    def slope(which, name, cell, step=1e-6):
        sides = []
        for sign in (1, -1):
            two = [{k: v.copy() for k, v in groups.items()} for groups in shares]
            two[which][name][cell] += sign * step
            sides.append(effects(two))
        return (sides[0] - sides[1]) / (2 * step)

    variance = 0.0
    for which in (0, 1):
        at = [(name, cell) for name in shares[which] for cell in range(3) if shares[which][name][cell]]
        p = np.array([shares[which][name][cell] for name, cell in at])[:, None]
        slopes = np.array([slope(which, name, cell) for name, cell in at])
        n = sum(map(np.sum, cells[which].values()))
        variance = variance + ((p * slopes**2).sum(0) - (p * slopes).sum(0) ** 2) / n
    return np.sqrt(np.maximum(variance, 0))


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("form", ["two", "three"])
@pytest.mark.parametrize("common", [True, False])
def test_errors_are_the_delta_method_with_slopes_taken_numerically(form, centred, common):
    before, after = TALLIES
    if common:
        after = {**after, "c": Tally(3, 3, 3)}
    names = ["a", "b", "c", "d"]
    moved = decompose(before, after, form=form, centred=centred)
    made = [moved.mix_interval.standard_error, moved.rate_interval.standard_error]
    made.append(moved.interaction_interval.standard_error if form == "three" else 0.0)
    made.append(moved.difference_interval.standard_error)
    made += [moved.segments[name].mix_standard_error for name in names]
    made += [moved.segments[name].rate_standard_error for name in names]
    assert made == pytest.approx(numeric_errors(before, after, form, centred, names), abs=1e-6)


def test_the_error_of_the_difference_is_the_plain_one():
    moved = decompose(*TALLIES)
    plain = sum(np.var(codes) / len(codes) for codes in map(codes_of, TALLIES)) ** 0.5 * 100
    assert moved.difference_interval.standard_error == pytest.approx(plain)
    assert moved.difference_interval.center == pytest.approx(moved.difference)


def codes_of(groups):
    whole = sum(groups.values())
    return np.repeat([-1, 0, 1], [whole.detractors, whole.passives, whole.promoters])


def test_intervals_cover_in_simulation():
    """95 % intervals of mix and rate hold the true effects in 92 to 98 of 100 samples of 300."""
    random = np.random.default_rng(7)
    cells = np.array([[.1, .1, .2], [.05, .15, .1], [.15, .1, .05]]), np.array([[.05, .1, .3], [.1, .2, .1], [.05, .05, .05]])  # fmt: skip  # noqa: E501
    truth = decompose(*({i: (c.sum(), 100 * (c[2] - c[0]) / c.sum()) for i, c in enumerate(grid)} for grid in cells))
    hits = np.zeros(2)
    for _ in range(600):
        drawn = [random.multinomial(300, grid.ravel()).reshape(3, 3).tolist() for grid in cells]
        moved = decompose(*({i: Tally(*row) for i, row in enumerate(rows)} for rows in drawn))
        hits += [truth.mix in moved.mix_interval, truth.rate in moved.rate_interval]
    assert all(0.92 <= share <= 0.98 for share in hits / 600)


def test_the_level_widens_the_intervals_and_limits_stay_in_the_range_of_differences():
    wide, narrow = decompose(*TALLIES, level=0.99), decompose(*TALLIES, level=0.5)
    assert wide.mix_interval.lower < narrow.mix_interval.lower
    assert (wide.level, wide.mix_interval.level, wide.mix_interval.method) == (0.99, 0.99, "delta")
    extreme = decompose({"a": Tally(1), "b": Tally(0, 0, 1)}, {"a": Tally(0, 0, 1), "b": Tally(1)}, level=0.9999)
    assert -200 <= extreme.mix_interval.lower <= extreme.mix_interval.upper <= 200
    assert narrow.interaction_interval is None


def test_a_decomposition_says_itself_in_one_line_and_travels():
    moved = decompose(BEFORE, AFTER)
    assert str(moved) == "+34.0 to +32.0: -2.0 = mix -12.0, rate +10.0"
    assert "interaction" in str(decompose(BEFORE, AFTER, form="three"))
    again = pickle.loads(pickle.dumps(moved))  # noqa: S301  # our own bytes
    assert again == moved
    assert again.segments["a"] == moved.segments["a"]


def test_parts_are_plain_numbers():
    moved = decompose({np.str_("a"): (np.int64(3), np.float64(5))}, {np.str_("a"): (np.int32(3), np.float32(9))})
    effect = moved.segments["a"]
    assert {type(x) for x in (moved.mix, moved.rate, moved.interaction, moved.before, effect.mix, effect.rate)} == {
        float
    }


def test_standardise_is_the_score_at_a_fixed_mix():
    groups = {"a": (10, 40.0), "b": (90, -20.0), "c": (5, 99.0)}
    assert standardise(groups, {"a": 1, "b": 3}) == pytest.approx(-5)
    assert standardise(groups, {"a": (1, 7.0), "b": Tally(1, 1, 1)}) == pytest.approx(-5)
    assert type(standardise(groups, {"a": 1})) is float
    assert standardise({"a": Tally(1, 0, 3), "z": Tally(1, 0, 0)}, {"a": 0.5, "z": 0.5}) == pytest.approx(-25)


def test_the_rate_effect_is_the_mean_of_two_standardisations():
    at_old = standardise(AFTER, BEFORE) - standardise(BEFORE, BEFORE)
    at_new = standardise(AFTER, AFTER) - standardise(BEFORE, AFTER)
    assert decompose(BEFORE, AFTER).rate == pytest.approx((at_old + at_new) / 2)
    assert decompose(BEFORE, AFTER, form="three").rate == pytest.approx(at_old)


@pytest.mark.parametrize("mix", [{"a": 1, "z": 1}, {"a": 1, "gone": 1}])
def test_a_share_for_a_segment_without_answers_is_refused(mix):
    with pytest.raises(EmptyTallyError, match=r"'(z|gone)', which has no answers; merge"):
        standardise({"a": (3, 5), "gone": (0, 5)}, mix)
    assert standardise({"a": (3, 5), "gone": (0, 5)}, {**mix, "z": 0, "gone": 0}) == 5


@pytest.mark.parametrize("empty", [{}, {"a": Tally()}, {"a": (0, 5.0)}])
def test_nothing_has_no_score_to_take_apart(empty):
    with pytest.raises(EmptyTallyError, match="no answers in before"):
        decompose(empty, AFTER)
    with pytest.raises(EmptyTallyError, match="no answers in after"):
        decompose(BEFORE, empty)
    with pytest.raises(EmptyTallyError, match="no answers in mix"):
        standardise(BEFORE, {})


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ((-1, 5.0), "size of 'x'"),
        ((math.nan, 5.0), "size of 'x'"),
        ((math.inf, 5.0), "size of 'x'"),
        ((None, 5.0), "size of 'x'"),
        ((3, None), "score of 'x'"),
        ((3, math.nan), "score of 'x'"),
        ((3, math.inf), "score of 'x'"),
        (("3", 5.0), "not '3'"),
        ((3, object()), "numbers, not <object"),
        ((3,), "pair"),
        (7, "pair"),
        ("ab", "pair"),
    ],
)
def test_what_is_no_group_is_refused_by_name(wrong, match):
    for groups in ({"a": (1, 1.0), "x": wrong}, {"a": Tally(1), "x": wrong}):
        with pytest.raises(InputError, match=match):
            decompose(groups, AFTER)


def test_other_faults_have_a_sentence():
    with pytest.raises(InputError, match="two, three"):
        decompose(BEFORE, AFTER, form="four")
    with pytest.raises(InputError, match="fraction"):
        decompose(BEFORE, AFTER, level=95)
    with pytest.raises(InputError, match="mapping"):
        decompose([Tally(1)], AFTER)
    with pytest.raises(InputError, match="mapping"):
        standardise(BEFORE, [1, 2])
    with pytest.raises(InputError, match="size of 'a'"):
        standardise(BEFORE, {"a": -1, "b": 2})


def test_unlike_scales_are_not_compared():
    other = Tally(1, 1, 1, scale=Scale(1, 10, 7, 9))
    for before, after in (({"a": Tally(1)}, {"a": other}), ({"a": Tally(1), "b": other}, {"a": Tally(1)})):
        with pytest.raises(PoolingError, match="0-10, 1-10"):
            decompose(before, after)
    with pytest.raises(PoolingError):
        standardise({"a": Tally(1), "b": other, "c": (1, 2)}, {"a": 1})


def test_without_numpy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    for call in (lambda: decompose(BEFORE, AFTER), lambda: standardise(BEFORE, BEFORE)):
        with pytest.raises(MissingExtraError, match=r"npscore\[stats\]"):
            call()


def test_counts_beyond_machine_integers_are_taken_apart_too():
    before, after = {"a": (1, 2, 3), "b": (3, 2, 1)}, {"a": (2, 2, 2), "b": (1, 2, 30)}
    small, huge = (
        decompose(*({name: Tally(*(times * n for n in counts)) for name, counts in side.items()} for side in sides))
        for times, sides in ((1, (before, after)), (10**30, (before, after)))
    )
    assert (huge.mix, huge.rate) == pytest.approx((small.mix, small.rate))
    assert huge.mix_interval.standard_error == pytest.approx(small.mix_interval.standard_error * 1e-15)


@pytest.mark.parametrize("score", [100.5, -1000])
def test_a_score_beyond_the_range_is_refused_by_name(score):
    for before in ({"a": (5, 10.0), "b": (5, score)}, {"a": Tally(1, 2, 3), "b": (5, score)}):
        with pytest.raises(InputError, match=rf"the score of 'b' is {score:g}; scores are points from -100 to 100"):
            decompose(before, before)
        with pytest.raises(InputError, match="the score of 'b'"):
            standardise(before, {"a": 1, "b": 1})
    assert standardise({"a": (5, 100 + 1e-12)}, {"a": 1}) > 100, "what rounding made of 100"
