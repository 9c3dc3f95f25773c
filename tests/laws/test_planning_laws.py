"""What holds for all plans: more is never less, and a plan keeps its promise."""

from hypothesis import assume, given
from hypothesis import strategies as st

from npscore import margin, minimum_detectable_change, power, sample_size, sample_size_benchmark, sample_size_difference

margins = st.floats(0.05, 100)
variances = st.floats(0.001, 4)
levels = st.floats(0.5, 0.9999)
effects = st.floats(0.2, 10)
populations = st.one_of(st.none(), st.integers(1, 10**7))
methods = st.sampled_from(["wald", "adjusted_wald"])
designs = st.fixed_dictionaries(
    {"variance": variances, "level": levels, "method": methods, "population": populations, "design_effect": effects}
)


@given(margins, designs)
def test_the_planned_sample_keeps_the_margin_and_one_answer_fewer_does_not(wanted, design):
    n = sample_size(wanted, **design).n
    assert margin(n, **design) <= wanted
    if n > 1:
        assert margin(n - 1, **design) > wanted * (1 - 1e-9)


@given(margins, margins, designs)
def test_a_wider_margin_never_needs_more(a, b, design):
    narrow, wide = sorted((a, b))
    assert sample_size(narrow, **design).n >= sample_size(wide, **design).n


@given(margins, designs, variances, levels, effects)
def test_more_variance_level_or_design_effect_never_needs_less(wanted, design, variance, level, effect):
    base = sample_size(wanted, **design).n
    for name, value in (("variance", variance), ("level", level), ("design_effect", effect)):
        other = sample_size(wanted, **{**design, name: value}).n
        assert other == base or (other > base) == (value > design[name])


@given(margins, designs)
def test_a_population_never_needs_more_than_no_limit_or_than_itself(wanted, design):
    n = sample_size(wanted, **design).n
    assert n <= sample_size(wanted, **{**design, "population": None}).n
    assert design["population"] is None or n <= design["population"]


@given(st.integers(1, 10**6), st.integers(1, 10**6), designs)
def test_more_answers_never_widen_the_margin(a, b, design):
    few, many = sorted((a, b))
    assume(design["population"] is None or many <= design["population"])
    assert margin(many, **design) <= margin(few, **design)


@given(st.floats(0.5, 150), st.tuples(variances, variances), st.floats(0.1, 0.99), st.floats(0.001, 0.09), effects)
def test_the_planned_groups_have_the_power(difference, both, wanted, alpha, ratio):
    given_ = {"variances": both, "alpha": alpha}
    plan = sample_size_difference(difference, power=wanted, ratio=ratio, **given_)
    assert power(difference, plan.n, plan.n_b, **given_) >= wanted - 1e-9
    assert minimum_detectable_change(plan.n, plan.n_b, power=wanted, **given_) <= difference * (1 + 1e-9)


@given(st.floats(0.5, 150), variances, st.floats(0.1, 0.99), populations, st.sampled_from(["two-sided", "less"]))
def test_the_planned_sample_has_the_power_against_a_benchmark(difference, variance, wanted, people, alternative):
    given_ = {"alternative": alternative, "population": people}
    n = sample_size_benchmark(difference, variance=variance, power=wanted, **given_).n
    assert power(difference, n, None, variances=variance, **given_) >= wanted - 1e-9


@given(st.floats(0, 150), st.floats(0, 150), st.integers(1, 10**5), st.integers(1, 10**5), variances)
def test_power_grows_with_the_difference_and_the_sample(a, b, n, more, variance):
    small, large = sorted((a, b))
    assert power(small, n, n, variances=variance) <= power(large, n, n, variances=variance) + 1e-12
    assert power(small, n, n, variances=variance) <= power(small, n + more, n, variances=variance) + 1e-12


@given(st.floats(1, 150), st.floats(0.1, 0.98), st.floats(0.001, 0.02))
def test_more_power_never_needs_fewer(difference, wanted, extra):
    plan, more = (sample_size_difference(difference, power=chance) for chance in (wanted, min(wanted + extra, 0.999)))
    assert plan.n <= more.n
