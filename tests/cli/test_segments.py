"""Segments at the shell: rules explained, rows counted where they fall, scores by segment."""

import csv
import json
import random

import pytest
from typer.testing import CliRunner

from npscore import read_segments
from npscore.cli.app import app

FILE = """
version = 1
name = "tier"
[[segments]]
name = "unhappy and large"
rule = 'category = "detractor" and seats >= 100'
[[segments]]
name = "since spring"
rule = 'answered_at >= 2026-04-01T00:00:00Z'
"""
STORED = FILE.replace("seats", "customer.seats")


def _run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path):
    chance = random.Random(5)  # noqa: S311
    with (tmp_path / "answers.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "customer_id", "rating", "answered_at", "seats", "region"])
        for number in range(300):
            day = f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}T10:00:00Z"
            seats = chance.choice(["10", "100", "2500", "", " 150 "])
            region = chance.choice(["EMEA", "emea", ""])
            rows.writerow([f"r{number}", f"c{number}", chance.choice([*range(11), ""]), day, seats, region])
    (tmp_path / "tier.toml").write_text(FILE)
    (tmp_path / "stored.toml").write_text(STORED)
    return tmp_path


def _by_hand(folder):
    found = {"unhappy and large": [], "since spring": [], "rest": []}
    with (folder / "answers.csv").open() as file:
        for row in csv.DictReader(file):
            rating = int(row["rating"]) if row["rating"] else None
            large = row["seats"].strip() and int(row["seats"]) >= 100
            if rating is not None and rating <= 6 and large:
                found["unhappy and large"].append(rating)
            elif row["answered_at"] >= "2026-04-01":
                found["since spring"].append(rating)
            else:
                found["rest"].append(rating)
    return found


def test_each_row_is_scored_in_the_first_segment_that_matches(folder):
    made = _run("score", folder / "answers.csv", "--segments", folder / "tier.toml", "--format", "json")
    groups = {group["tier"]: group for group in json.loads(made.stdout)["groups"]}
    by_hand = _by_hand(folder)
    assert list(groups) == list(by_hand)
    for name, ratings in by_hand.items():
        given = [rating for rating in ratings if rating is not None]
        assert groups[name]["n"] == len(given)
        assert groups[name]["unanswered"] == len(ratings) - len(given)
        assert groups[name]["promoters"] == sum(rating >= 9 for rating in given)


def test_files_and_a_store_agree(folder):
    store = f"sqlite:///{folder / 'a.db'}"
    kept = _run(
        "import", folder / "answers.csv", "--store", store, "--map", "customer.seats=seats", "--known-at", "2026-10-01"
    )
    assert kept.exit_code == 0, kept.output
    database = _run("score", "--store", store, "--segments", folder / "stored.toml", "--format", "json")
    if database.exit_code == 2:
        pytest.fail(database.output)
    groups = {group["tier"]: group["n"] for group in json.loads(database.stdout)["groups"]}
    files = _run("score", folder / "answers.csv", "--segments", folder / "tier.toml", "--format", "json")
    of_files = {group["tier"]: group["n"] for group in json.loads(files.stdout)["groups"]}
    assert sum(groups.values()) == sum(of_files.values())


def test_segments_come_before_other_keys_and_periods(folder):
    made = _run(
        "score", folder / "answers.csv", "--segments", folder / "tier.toml", "--by", "region", "--every", "half",
        "--format", "csv",
    )  # fmt: skip
    assert made.stdout.splitlines()[0].startswith("tier,region,period,n,")


def test_where_segments_overlap_the_total_counts_each_row_once(folder):
    overlapping = FILE.replace('name = "tier"', 'name = "tier"\noverlapping = true', 1)
    (folder / "tier.toml").write_text(overlapping)
    made = _run("score", folder / "answers.csv", "--segments", folder / "tier.toml")
    total = sum(len([r for r in ratings if r is not None]) for ratings in _by_hand(folder).values())
    last = next(line for line in made.output.splitlines() if line.startswith("all"))
    assert last.split()[1] == str(total)
    assert "overlap" in made.output


def test_check_explains_and_counts_everybody(folder):
    made = _run("segments", "check", folder / "tier.toml", folder / "answers.csv", "--format", "json")
    told = json.loads(made.stdout)
    by_hand = {name: len(ratings) for name, ratings in _by_hand(folder).items()}
    assert {segment["name"]: segment["rows"] for segment in told["segments"]} == by_hand
    assert told["totals"]["rows"]["total"] == 300
    words = _run("segments", "check", folder / "tier.toml")
    assert 'category = "detractor" and seats >= 100' in words.output
    assert "--store" in words.output


def test_check_counts_answers_and_customers_of_a_store(folder):
    store = f"sqlite:///{folder / 'a.db'}"
    _run("import", folder / "answers.csv", "--store", store, "--known-at", "2026-10-01")
    (folder / "c.toml").write_text('version = 1\n[[segments]]\nname = "d"\nrule = \'category = "detractor"\'')
    told = json.loads(_run("segments", "check", folder / "c.toml", "--store", store, "--format", "json").stdout)
    assert told["totals"]["answers"]["total"] == told["totals"]["customers"]["total"] == 300


@pytest.mark.parametrize(
    ("rule", "remark"),
    [
        ('region != "EMEA"', "also where region is missing"),
        ("everything", "reads no column"),
        ('not (region = "a" and seats > 5)', "also where region and seats are missing"),
    ],
)
def test_check_remarks_on_what_is_easily_overlooked(folder, rule, remark):
    (folder / "c.toml").write_text(f"version = 1\n[[segments]]\nname = 'd'\nrule = '''{rule}'''")
    assert remark in _run("segments", "check", folder / "c.toml").output


def test_check_remarks_on_a_rule_that_stands_twice(folder):
    entry = "[[segments]]\nname = '{}'\nrule = 'x = 1'\n"
    (folder / "c.toml").write_text("version = 1\n" + entry.format("a") + entry.format("b"))
    assert "the same rule as 'a', which comes first" in _run("segments", "check", folder / "c.toml").output


def test_texts_that_are_no_numbers_are_told(folder):
    (folder / "n.csv").write_text("rating,seats\n9,many\n3,12\n4,few\n")
    (folder / "t.toml").write_text("version = 1\n[[segments]]\nname = 'd'\nrule = 'seats > 5'")
    made = _run("score", folder / "n.csv", "--segments", folder / "t.toml")
    assert "in 'seats', 'many' (and 1 more) is no number" in " ".join(made.output.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["score", "answers.csv", "--segments", "none.toml"], "cannot be read"),
        (["score", "answers.csv", "--segments", "answers.csv"], "ends with"),
        (["score", "answers.csv", "--now", "2026-01-01"], "give --segments too"),
        (["score", "answers.csv", "--segments", "bad.toml"], "did you mean 'seats'"),
        (["score", "answers.csv", "--segments", "tier.toml", "--by", "tier"], "tier"),
        (["segments", "check", "tier.toml", "answers.csv", "--store", "sqlite:///a.db"], "not both"),
        (["segments", "check", "tier.toml", "--store", "sqlite:///none.db"], "there is no none.db"),
        (["segments", "check", "tier.toml", "none.csv"], "does not exist"),
        (["segments", "check", "latin.toml"], "UTF-8"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_code_2(folder, arguments, words, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "bad.toml").write_text(FILE.replace("seats", "saets"))
    (folder / "latin.toml").write_bytes("version = 1 # é".encode("latin-1"))
    made = _run(*arguments)
    assert (made.exit_code, made.stdout) == (2, "")
    assert words in " ".join(made.stderr.split())


def test_ages_count_from_now_as_it_is_given(folder):
    (folder / "age.toml").write_text("version = 1\n[[segments]]\nname = 'new'\nrule = 'answered_at within 90 days'")
    segmentation = read_segments((folder / "age.toml").read_text(), "toml")
    assert segmentation.needs_now
    counts = {}
    for now in ("2026-04-01", "2030-01-01T00:00:00Z"):
        made = _run("score", folder / "answers.csv", "--segments", folder / "age.toml", "--now", now)
        counts[now] = [line.split()[1] for line in made.output.splitlines() if line.startswith("new")]
        assert "ages in segments count from" in made.output
    assert counts["2026-04-01"]
    assert not counts["2030-01-01T00:00:00Z"]


def test_small_groups_are_hidden_so_that_the_total_does_not_tell_them(folder):
    lines = ["rating,team"] + [f"9,{team}" for team, n in (("a", 40), ("b", 9), ("c", 2)) for _ in range(n)]
    (folder / "s.csv").write_text("\n".join(lines))
    made = _run("score", folder / "s.csv", "--by", "team", "--hide-under", 5, "--format", "json")
    told = json.loads(made.stdout)
    assert [(group["team"], group["n"], group["nps"]) for group in told["groups"]] == [
        ("a", 40, 100.0),
        ("b", None, None),
        ("c", None, None),
    ]
    assert told["total"]["n"] == 51
    assert "1 group of fewer than 5 answers is hidden, and 1 more" in told["notes"][-1]
    for form in ("table", "markdown", "csv", "html"):
        shown = _run("score", folder / "s.csv", "--by", "team", "--hide-under", 5, "--format", form)
        assert shown.exit_code == 0
    assert "hidden" in _run("score", folder / "s.csv", "--by", "team", "--hide-under", 5).stdout


def test_where_all_there_is_is_too_little_nothing_is_shown(folder):
    (folder / "s.csv").write_text("rating,team\n9,a\n3,b\n")
    made = _run("score", folder / "s.csv", "--by", "team", "--hide-under", 5)
    assert (made.exit_code, made.stdout) == (1, "")
    assert "too few in all" in made.stderr
    assert _run("score", folder / "s.csv", "--by", "team", "--hide-under", 0).exit_code == 1
