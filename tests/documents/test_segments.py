"""Files of segments: what is read back is what was written, and what is wrong is said where."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npscore import InputError, InvalidRuleError, Segment, Segmentation, field, read_segments, write_segments
from npscore.documents import schema

FORMS = ("toml", "json", "yaml")
_names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda name: name.strip() and name.isprintable()
)
_rules = st.sampled_from(
    [
        (field("customer.region") == 'a "b" \\ \n c') & ~field("x").is_missing(),
        field("account.renewal").age(at_most=timedelta(days=-3)),
        field("Größe 'x' `y`").is_in(1, "a", True) | (field("n") > 5),
    ]
)
_segmentations = st.builds(
    lambda names, rules, rest, overlapping, name: Segmentation(
        [Segment(one, rule) for one, rule in zip(names, rules, strict=False)],
        rest=rest,
        overlapping=overlapping,
        name=name,
    ),
    st.lists(_names, max_size=4, unique=True),
    st.lists(_rules, max_size=4),
    _names.map("rest of {}".format),
    st.booleans(),
    _names,
).filter(lambda made: len(set(made.names)) == len(made.names))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_read_back(form):
    @settings(max_examples=25, deadline=None)
    @given(_segmentations)
    def law(segmentation):
        assert read_segments(write_segments(segmentation, form), form) == segmentation

    law()


def test_the_three_forms_mean_the_same():
    toml = 'version = 1\n[[segments]]\nname = "a"\nrule = "x = 1"\n'
    yaml = "version: 1\nsegments:\n  - name: a\n    rule: x = 1\n"
    as_json = '{"version": 1, "segments": [{"name": "a", "rule": {"op": "eq", "column": "x", "value": 1}}]}'
    logic = '{"version": 1, "segments": [{"name": "a", "rule": {"jsonlogic": {"==": [{"var": "x"}, 1]}}}]}'
    wanted = Segmentation({"a": "x = 1"})
    read = [read_segments(toml, "toml"), read_segments(yaml, "yaml")]
    read += [read_segments(text, "json") for text in (as_json, logic)]
    assert read == [wanted] * 4


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ("", "toml", "begins with version"),
        ("", "yaml", "at its top"),
        ("", "json", "no JSON"),
        ("[1]", "json", "at its top"),
        ("version = 2\nsegments = []", "toml", "install a newer one"),
        ("version = 0\nsegments = []", "toml", "whole number"),
        ('{"version": true, "segments": []}', "json", "whole number"),
        ("version = 1", "toml", "segments"),
        ("version = 1\nsegment = []\nsegments = []", "toml", "it has version, name"),
        ("version: 1\nsegments:\n  - {name: no, rule: x = 1}", "yaml", "segments.1.name"),
        ("version: 1\nsegments:\n  - {name: a, name: b, rule: x = 1}", "yaml", "twice"),
        ('{"version": 1, "segments": [], "segments": []}', "json", "twice"),
        ("version = 1\nversion = 1", "toml", "no TOML"),
        ("version: 1\nsegments: &a []\nname: *a", "yaml", "by reference"),
        ("version: 1\nsegments: [", "yaml", "no YAML"),
        ("version: 1\nsegments: !!python/object:os.system []", "yaml", "lists and mappings"),
        ("[" * 100_000, "json", "no JSON"),
        ("[" * 10_000, "yaml", "no YAML"),
        ("a = " + "[" * 10_000, "toml", "no TOML"),
    ],
)
def test_what_is_no_file_of_segments_is_refused(text, form, words):
    with pytest.raises(InputError, match=words):
        read_segments(text, form)


def test_a_faulty_rule_is_named_by_its_segment():
    with pytest.raises(InvalidRuleError, match=r"segment 'b': the rule cannot be read at character 5"):
        read_segments('version = 1\n[[segments]]\nname = "b"\nrule = "x = "\n', "toml")


def test_the_form_and_the_text_are_checked():
    with pytest.raises(InputError, match="form"):
        read_segments("", "xml")
    with pytest.raises(InputError, match="text"):
        read_segments(b"version = 1", "toml")


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["version", "segments", "name", "rule", "op"]), inner)
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.text() | _anything.map(json.dumps))
def test_no_text_brings_another_error(text):
    for form in FORMS:
        try:
            read_segments(text, form)
        except InputError as error:
            assert "\n" not in str(error)


def test_the_schema_speaks_of_all_that_a_file_may_have():
    made = schema()
    assert set(made["properties"]) == {"version", "name", "overlapping", "rest", "segments"}
    assert json.loads(json.dumps(made)) == made
