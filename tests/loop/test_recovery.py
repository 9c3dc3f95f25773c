"""Recovery: the change of those who were called, less what comparable ratings do by themselves."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logs import case, opened
from npscore import InputError, PoolingError, Response
from npscore.loop.cases import Case
from npscore.loop.recovery import recovery
from npscore.loop.standardised import standardised

START = datetime(2026, 1, 1, tzinfo=UTC)
DONE = (("contacted", 1), ("resolved", 2), ("closed", 3))


def day(number):
    return START + timedelta(days=number)


def answer(customer, rating, at, **fields):
    known = {"id": f"{customer}@{at}", "answered_at": day(at), "known_at": day(at), "customer_id": customer}
    return Response(rating=rating, **{**known, **fields})


def called(customer, at, *steps):
    """A case that an answer opened; its steps are so many days after it."""
    moved = [(step, day(at + after)) for step, after in (steps or DONE)]
    return case(*moved, log=f"{customer}@{at}", at=day(at), customer=customer, response=f"{customer}@{at}")


def people(treated, compared):
    """Answers and cases of customers with these ratings before and after."""
    answers, cases = [], []
    for side, pairs in (("t", treated), ("c", compared)):
        for number, (before, after) in enumerate(pairs):
            answers += [answer(f"{side}{number}", before, 0), answer(f"{side}{number}", after, 50)]
            if side == "t":
                cases.append(called(f"t{number}", 0))
    return answers, cases


pairs = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 10)), max_size=25)


@settings(max_examples=60, deadline=None)
@given(pairs, pairs)
def test_the_effect_is_the_naive_change_less_the_expected_one_cell_by_cell(treated, compared):
    made = recovery(*people(treated, compared))
    befores = {before for before, _ in compared}
    kept = [(before, after) for before, after in treated if before in befores]
    assert (made.n_treated, made.left_out) == (len(kept), len(treated) - len(kept))
    assert made.n_comparison == sum(before in {b for b, _ in kept} for before, _ in compared)
    if not kept:
        assert (made.naive, made.expected, made.effect, made.lower) == (None, None, None, None)
        return
    assert made.naive == pytest.approx(sum(after - before for before, after in kept) / len(kept))
    expected = 0
    for before, _ in kept:
        changes = [after - before for b, after in compared if b == before]
        expected += sum(changes) / len(changes) / len(kept)
    assert made.expected == pytest.approx(expected)
    assert made.effect == pytest.approx(made.naive - made.expected)


@settings(max_examples=30, deadline=None)
@given(pairs, pairs, st.randoms(use_true_random=False))
def test_the_order_of_answers_and_cases_does_not_matter(treated, compared, chance):
    answers, cases = people(treated, compared)
    made = recovery(answers, cases)
    chance.shuffle(answers)
    chance.shuffle(cases)
    assert recovery(answers, cases) == made


@given(st.integers(3, 40), st.integers(3, 40), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_with_one_rating_it_is_welchs_test(n, m, seed):
    stats = pytest.importorskip("scipy.stats")
    chance = random.Random(seed)  # noqa: S311
    treated, compared = ([(3, chance.randint(0, 10)) for _ in range(size)] for size in (n, m))
    assume(len(set(treated)) > 1 and len(set(compared)) > 1)  # scipy warns of a side that does not vary
    made = recovery(*people(treated, compared))
    wanted = stats.ttest_ind([a - b for b, a in treated], [a - b for b, a in compared], equal_var=False)
    assert made.df == pytest.approx(wanted.df)
    assert made.effect / made.standard_error == pytest.approx(wanted.statistic)
    limits = made.effect + stats.t.ppf([0.025, 0.975], int(made.df + 1e-9)) * made.standard_error
    assert (made.lower, made.upper) == pytest.approx(tuple(limits), rel=1e-4)


def test_the_naive_interval_is_that_of_one_sample():
    stats = pytest.importorskip("scipy.stats")
    treated = [(3, 5), (3, 9), (2, 2), (5, 10), (4, 3)]
    made = recovery(*people(treated, [(b, b + 1) for b in range(7)] * 2))
    wanted = stats.ttest_1samp([a - b for b, a in treated], 0).confidence_interval(0.95)
    assert (made.naive_lower, made.naive_upper) == pytest.approx((wanted.low, wanted.high), rel=1e-4)


def test_the_standard_error_is_that_of_weighted_least_squares_on_the_cells():
    models = pytest.importorskip("statsmodels.api")
    np = pytest.importorskip("numpy")
    chance = random.Random(7)  # noqa: S311
    cells = [(side, before) for side in (0, 1) for before in (1, 3, 6)]
    values = {
        (side, before): [chance.randint(-3, 5) for _ in range(4 + 3 * before + 5 * side)] for side, before in cells
    }
    made = standardised(
        {before: values[1, before] for before in (1, 3, 6)}, {before: values[0, before] for before in (1, 3, 6)}, 0.95
    )
    rows = [(place, value) for place, cell in enumerate(cells) for value in values[cell]]
    design = np.eye(6)[[place for place, _ in rows]]
    weights = [1 / np.var(values[cells[place]], ddof=1) for place, _ in rows]
    fitted = models.WLS([value for _, value in rows], design, weights=weights).fit(cov_type="fixed scale")
    share = np.array([len(values[1, before]) for before in (1, 3, 6)], dtype=float)
    contrast = np.concatenate([-share, share]) / share.sum()
    wanted = fitted.t_test(contrast)
    assert made.effect == pytest.approx(wanted.effect.item())
    assert made.standard_error == pytest.approx(wanted.sd.item())


def test_a_rating_that_one_alone_gave_takes_the_scatter_of_the_others():
    made = standardised({1: [2.0, 4.0, 6.0], 2: [5.0]}, {1: [1.0, 2.0, 3.0], 2: [0.0, 2.0]}, 0.95)
    parts = [0.75**2 * 4 / 3, 0.25**2 * 4, 0.75**2 * 1 / 3, 0.25**2 * 2 / 2]
    assert made.standard_error == pytest.approx(sum(parts) ** 0.5)
    assert made.df == pytest.approx(sum(parts) ** 2 / sum(p**2 / df for p, df in zip(parts, [2, 2, 2, 1], strict=True)))


def test_where_each_rating_was_given_once_nothing_tells_how_sure_it_is():
    made = recovery(*people([(1, 5)], [(1, 3)]))
    assert (made.effect, made.standard_error, made.lower) == (2.0, None, None)
    same = recovery(*people([(1, 5)] * 3, [(1, 3)] * 3))
    assert (same.effect, same.standard_error, same.lower) == (2.0, 0.0, None)


def simulated(seed, effect, customers=500):
    """Ratings are what customers think and noise; the lower the rating, the likelier a call; a call adds an effect."""
    chance = random.Random(seed)  # noqa: S311
    answers, cases = [], []
    for number in range(customers):
        customer, mind = f"c{number}", chance.gauss(6, 1.5)
        before = min(10, max(0, round(chance.gauss(mind, 1.5))))
        is_called = before <= 6 and chance.random() < (0.7 if before < 4 else 0.35)
        after = min(10, max(0, round(chance.gauss(mind, 1.5) + effect * is_called)))
        answers += [answer(customer, before, 0), answer(customer, after, 50)]
        if is_called:
            cases.append(called(customer, 0, ("contacted", 1)))
    return answers, cases


def covered(effect, runs=100):
    made = [recovery(*simulated(seed, effect)) for seed in range(runs)]
    return made, sum(one.lower <= effect <= one.upper for one in made)


def bounds(runs, level=0.95):
    """What a count may be by chance, but for one time in 100,000."""
    stats = pytest.importorskip("scipy.stats")
    return stats.binom.ppf(5e-6, runs, level), stats.binom.ppf(1 - 5e-6, runs, level)


def test_without_an_effect_the_naive_change_is_clearly_positive_and_the_effect_covers_0():
    made, hits = covered(0.0)
    low, high = bounds(len(made))
    assert low <= hits <= high
    assert all(one.naive_lower > 0 for one in made)
    assert abs(sum(one.effect for one in made) / len(made)) < 0.06


def test_a_true_effect_is_covered():
    made, hits = covered(1.5)  # of 10 at most, which cuts few
    low, high = bounds(len(made))
    assert low <= hits <= high
    assert all(one.lower > 0 for one in made)


def test_the_share_of_those_who_are_no_detractors_any_more_is_compared_likewise():
    made = recovery(*people([(3, 8), (3, 9), (3, 2), (6, 9)], [(3, 8), (3, 1), (6, 7), (6, 8), (0, 10)])).recovered
    assert (made.treated.count, made.treated.n) == (3, 4)
    assert (made.comparison.count, made.comparison.n) == (3, 4)
    assert made.expected == pytest.approx(0.75 * 0.5 + 0.25 * 1)
    assert made.difference == pytest.approx(0.75 - 0.625)
    assert -1 <= made.lower <= made.difference <= made.upper <= 1


def changes(made):
    return made.n_treated, made.n_comparison, made.left_out, made.unanswered


def test_the_answer_after_closing_counts_before_the_one_after_the_contact():
    answers = [answer("c", 3, 0), answer("c", 4, 2), answer("c", 9, 10), answer("d", 3, 0), answer("d", 3, 9)]
    late = recovery(answers, [called("c", 0, ("contacted", 1), ("resolved", 4), ("closed", 5))])
    assert (late.naive, late.expected) == (6, 0)
    assert recovery(answers, [called("c", 0, ("contacted", 1))]).naive == 1
    assert recovery(answers, [called("c", 0, ("contacted", 1), ("resolved", 20), ("closed", 21))]).naive == 1


def test_who_answered_before_anybody_called_is_compared_and_not_treated():
    answers = [answer("c", 3, 0), answer("c", 8, 2), answer("d", 3, 0), answer("d", 5, 9)]
    cases = [called("c", 0, ("contacted", 4)), called("d", 0)]
    made = recovery(answers, cases)
    assert (made.naive, made.expected) == (2, 5)
    assert changes(made) == (1, 1, 0, 0)


def test_a_case_in_which_nobody_called_is_compared():
    answers = [answer("c", 3, 0), answer("c", 8, 5), answer("d", 3, 0), answer("d", 5, 9)]
    made = recovery(answers, [called("c", 0, ("resolved", 1), ("closed", 2)), called("d", 0)])
    assert (made.naive, made.expected) == (2, 5)


def test_who_was_called_over_another_case_is_on_no_side():
    answers = [answer("c", 3, 0), answer("c", 8, 9), answer("d", 3, 0), answer("d", 5, 9)]
    other = case(("contacted", day(2)), log="other", at=day(1), customer="c", response="another answer")
    assert changes(recovery(answers, [other, called("d", 0)])) == (0, 0, 1, 0)


def test_a_case_is_that_of_the_customer_whom_its_answer_names():
    answers = [answer("c", 7, -5), answer("c", 3, 0), answer("c", 8, 9), answer("d", 3, 0), answer("d", 5, 9)]
    other = case(("contacted", day(2)), log="other", at=day(-5), customer="as they were known", response="c@-5")
    assert changes(recovery(answers, [other, called("d", 0)])) == (0, 0, 1, 0)


def joined(case_, name, at):
    """The case with the step by which another answer joins it."""
    step = case_.next("assigned", day(at), details={"owner": "ann", "because": "the customer answered again"})
    return Case.of([*case_.steps, step.model_copy(update={"response_id": name})])


def then(case_, step, at):
    return Case.of([*case_.steps, case_.next(step, day(at), details={"root_cause": "price"})])


def test_a_rating_that_joined_an_open_case_is_treated_by_the_contact_after_it():
    answers = [answer("c", 7, -2), answer("c", 3, 0), answer("c", 9, 9), answer("d", 3, 0), answer("d", 5, 9)]
    waiting = joined(called("c", -2, ("attempted", 1)), "c@0", 1)
    made = recovery(answers, [then(waiting, "contacted", 2)])
    assert (made.naive, made.expected, made.joined) == (6, 2, 1)
    assert changes(made) == (1, 1, 0, 0)
    assert recovery(answers, [waiting]).n_treated == 0


def test_a_contact_before_the_rating_joined_was_about_another_answer():
    answers = [answer("c", 7, -2), answer("c", 3, 0), answer("c", 9, 9), answer("d", 3, 0), answer("d", 5, 9)]
    early = joined(called("c", -2, ("contacted", 1)), "c@0", 1)
    made = recovery(answers, [early])
    assert (made.n_treated, made.joined, made.unmatched) == (0, 0, 2)
    assert recovery(answers, [then(early, "contacted", 2)]).joined == 1


def test_of_a_joined_case_too_the_answer_after_closing_counts():
    answers = [answer("c", 7, -2), answer("c", 3, 0), answer("c", 4, 3), answer("c", 9, 9)]
    answers += [answer("d", 3, 0), answer("d", 5, 9)]
    done = joined(called("c", -2, ("attempted", 1)), "c@0", 1)
    for step, at in (("contacted", 2), ("resolved", 4), ("closed", 5)):
        done = then(done, step, at)
    assert recovery(answers, [done]).naive == 6


_visits = st.lists(st.tuples(st.sampled_from(["contacted", "attempted"]), st.integers(1, 60)), max_size=2)
_people = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.integers(0, 10), st.integers(0, 60)), min_size=1, max_size=4, unique_by=lambda one: one[1]
        ),
        st.none() | st.integers(0, 3),
        st.none() | st.integers(0, 3),
        _visits,
    ),
    max_size=12,
)


def company(made):
    """Customers with several ratings, of which one may have opened a case and another one joined it."""
    answers, cases = [], []
    for number, (ratings, opens, joins, visits) in enumerate(made):
        mine = [answer(f"c{number}", rating, at) for rating, at in sorted(ratings, key=lambda one: one[1])]
        answers += mine
        if opens is None or opens >= len(mine):
            continue
        begun = called(f"c{number}", (mine[opens].answered_at - START).days, ("attempted", 0))
        if joins is not None and joins < len(mine) and joins != opens:
            begun = joined(begun, mine[joins].id, (mine[joins].answered_at - START).days)
        for step, at in visits:
            begun = then(begun, step, at)
        cases.append(begun)
    return answers, cases


def told(made):
    sides = (made.n_treated, made.n_comparison, made.left_out, made.unmatched, made.unanswered, made.silent)
    return *sides, made.elsewhere, made.passed_over


@settings(max_examples=150, deadline=None)
@given(_people, st.sampled_from([{}, {"since": 20}, {"since": 20, "comparison": "before"}]))
def test_every_detractor_is_on_a_side_or_in_the_counter_that_says_why_not(made, options):
    answers, cases = company(made)
    if "since" in options:
        options = {**options, "since": day(options["since"])}
    result = recovery(answers, cases, within=timedelta(days=30), **options)
    unhappy = [one for one in answers if one.rating <= 6]
    begin = options.get("since", day(0))
    wanted = len({one.customer_id for one in unhappy if one.answered_at >= begin})
    if "comparison" in options:
        wanted += len({one.customer_id for one in unhappy if one.answered_at < begin})
    assert result.n_detractors == wanted == sum(told(result))
    assert 0 <= result.joined <= result.n_treated + result.left_out + result.unanswered


def test_each_counter_says_why():
    answers = [answer("silent", 3, 0), answer("unmatched", 6, 0), answer("unmatched", 6, 9)]
    answers += [answer("elsewhere", 3, 0), answer("elsewhere", 3, 9), answer("gone", 3, 0)]
    answers += [answer("left out", 1, 0), answer("left out", 1, 9), answer("happy", 9, 0)]
    other = case(("contacted", day(2)), log="other", at=day(1), customer="elsewhere", response="another answer")
    made = recovery(answers, [other, called("gone", 0), called("left out", 0)])
    assert (made.silent, made.unmatched, made.elsewhere, made.unanswered, made.left_out) == (1, 1, 1, 1, 1)
    assert (made.n_detractors, made.passed_over, made.joined) == (5, 0, 0)
    before = recovery(answers, [other], comparison="before", since=day(0))
    assert (before.passed_over, before.silent, before.elsewhere) == (2, 2, 1)


def test_customers_count_once_and_with_their_first_rating_as_detractors():
    answers = [answer("c", rating, at) for at, rating in enumerate([9, 4, 2, 0, 8])]
    answers += [answer("d", 4, 0), answer("d", 6, 9)]
    made = recovery(answers, [called("d", 0)])
    assert (made.naive, made.expected) == (2, -2)


def test_who_has_not_answered_again_is_counted_apart():
    answers = [answer("c", 3, 0), answer("d", 3, 0), answer("d", 9, 400)]
    made = recovery(answers, [called("c", 0), called("d", 0)])
    assert changes(made) == (0, 0, 0, 2)
    assert changes(recovery(answers, [called("d", 0)], within=timedelta(days=400))) == (0, 0, 1, 0)
    assert str(made) == made.why_none
    assert "has answered again so far; 2 were contacted" in str(made)


def test_why_nothing_tells_is_said_in_words():
    alone = recovery([answer("c", 3, 0), answer("c", 8, 9)], [called("c", 0)])
    assert "1 contacted detractor has answered again, but no detractor whom nobody contacted had" in alone.why_none
    assert "No detractor was contacted" in recovery([answer("c", 3, 0)], []).why_none
    assert recovery(*people([(3, 5)], [(3, 4)])).why_none is None


def test_the_time_before_the_loop_can_be_compared_with():
    answers = [answer("old", 3, 0), answer("old", 5, 9), answer("new", 3, 100), answer("new", 9, 120)]
    answers += [answer("not called", 3, 100), answer("not called", 3, 120)]
    made = recovery(answers, [called("new", 100)], comparison="before", since=day(50))
    assert (made.naive, made.expected, made.n_comparison) == (6, 2, 1)
    beside = recovery(answers, [called("new", 100)], since=day(50))
    assert (beside.naive, beside.expected, beside.n_comparison) == (6, 0, 1)
    assert "before the loop began" in str(made)


def test_answers_that_are_none_take_no_part():
    odd = [
        answer(None, 3, 0),
        answer("c", None, 1),
        answer("c", 0, 2, test=True),
        answer("c", 0, 3, completed=False),
        answer("c", 0, 4, metric="csat"),
    ]
    answers, cases = people([(3, 5), (3, 7)], [(3, 4), (3, 3)])
    assert recovery([*answers, *odd], cases) == recovery(answers, cases)


def test_the_latest_version_of_an_answer_stands():
    answers, cases = people([(3, 5)], [(3, 4)])
    corrected = answers[1].model_copy(update={"rating": 10, "known_at": day(99)})
    assert recovery([corrected, *answers], cases).naive == 7


def test_another_scale_has_detractors_of_its_own():
    answers = [
        answer(name, rating, at, scale="1-5:4:5")
        for name, rating, at in [("c", 2, 0), ("c", 5, 9), ("d", 2, 0), ("d", 3, 9)]
    ]
    made = recovery(answers, [called("c", 0)])
    assert (made.naive, made.expected) == (3, 1)
    assert (made.recovered.treated.count, made.recovered.comparison.count) == (1, 0)


def test_unlike_scales_and_kinds_of_survey_are_not_pooled():
    with pytest.raises(PoolingError, match="scales"):
        recovery([answer("c", 3, 0), answer("d", 3, 0, scale="1-10")], [])
    with pytest.raises(PoolingError, match="unlike questions"):
        recovery([answer("c", 3, 0), answer("d", 3, 0, survey_kind="transactional")], [])


def test_in_words_the_naive_figure_stands_beside_the_effect():
    text = str(recovery(*simulated(0, 0.0)))
    made = recovery(*simulated(0, 0.0))
    for figure in (made.naive, made.expected, made.effect, made.lower, made.upper):
        assert f"{figure:+.1f}" in text
    assert "by themselves" in text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"within": 5}, "within"),
        ({"within": timedelta(0)}, "within"),
        ({"within": None}, "within"),
        ({"since": "2026-01-01"}, "since"),
        ({"since": datetime(2026, 1, 1)}, "since"),
        ({"comparison": "others"}, "comparison"),
        ({"comparison": None}, "comparison"),
        ({"comparison": "before"}, "needs since"),
        ({"level": 95}, "level"),
    ],
)
def test_options_that_are_none_are_refused(options, says):
    with pytest.raises(InputError, match=says):
        recovery([], [], **options)


@pytest.mark.parametrize("given_", [None, 5, "x", [None], [opened()], {"a": 1}])
def test_what_are_no_answers_or_cases_is_refused(given_):
    with pytest.raises(InputError, match="answers are"):
        recovery(given_, [])
    with pytest.raises(InputError, match="cases_of"):
        recovery([], given_)
