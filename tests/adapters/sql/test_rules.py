"""Rules as conditions: columns of all types, sources of all shapes, and what databases put in the way."""

import enum
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import (
    CHAR,
    JSON,
    REAL,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    and_,
    create_engine,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import mysql, oracle, postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from absent import DATABASES
from databases import beside
from npscore import InvalidRuleError, field, rule_condition
from npscore.segments.leaves import Age, Eq
from npscore.segments.rules import And, Or

DAY = datetime(2026, 3, 1, tzinfo=UTC)
x = field("x")


@pytest.fixture(params=DATABASES)
def connection(request):
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_database")
    with closing((create_engine if url == "sqlite://" else beside)(url).connect()) as connection:
        yield connection


@pytest.fixture
def mariadb(mariadb_database):
    with closing(beside(mariadb_database).connect()) as connection:
        yield connection


@pytest.fixture
def postgres(postgresql_database):
    with closing(beside(postgresql_database).connect()) as connection:
        yield connection


@pytest.fixture
def light():
    with closing(create_engine("sqlite://").connect()) as connection:
        yield connection


def kept(connection, kind, *cells):
    """A table, gone when the connection is, in which a column x holds some cells."""
    made = Table("held", MetaData(), Column("place", Integer), Column("x", kind), prefixes=["TEMPORARY"])
    made.create(connection)
    for place, cell in enumerate(cells):
        connection.execute(made.insert().values(place=place, x=cell))
    return made


def meant(connection, table, rule, **more):
    """The places of the rows that a rule means."""
    found = select(table.c.place).where(rule_condition(rule, table, **more)).order_by(table.c.place)
    return list(connection.scalars(found))


@pytest.mark.parametrize("kind", [Float(), Float(24), REAL(), Float(53)], ids=repr)
def test_short_floats_are_the_numbers_that_readers_get(connection, kind):
    table = kept(connection, kind, 0.1, 0.3, 2.5, None)
    assert meant(connection, table, x == 0.1) == [0]
    assert meant(connection, table, x <= Decimal("0.3")) == [0, 1]
    assert meant(connection, table, ~x.is_in(0.1, 2.5)) == [1, 3]


def test_a_day_is_its_first_instant(connection):
    table = kept(connection, Date(), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), None)
    noon = DAY + timedelta(hours=12)
    assert meant(connection, table, x == DAY) == meant(connection, table, x == date(2026, 3, 1)) == [1]
    assert meant(connection, table, x.is_in(noon)) == []
    assert meant(connection, table, x >= noon) == meant(connection, table, x > DAY) == [2]
    assert meant(connection, table, x <= noon) == meant(connection, table, x < noon) == [0, 1]
    assert meant(connection, table, x < DAY) == [0]
    assert meant(connection, table, x.within(days=1), now=DAY) == [0, 1]


def test_times_that_sqlite_keeps_in_other_shapes_are_the_same_instants(light):
    shapes = "2026-03-01", "2026-03-01 00:00", "2026-03-01T00:00:00", "2026-03-01 00:00:00.000"
    light.execute(text("CREATE TABLE held (place INTEGER, x DATETIME)"))
    for place, shape in enumerate((*shapes, "2026-03-01 00:00:00.000001", "2026-03-01 00:00:01")):
        light.execute(text("INSERT INTO held VALUES (:place, :x)"), {"place": place, "x": shape})
    table = Table("held", MetaData(), autoload_with=light)
    assert meant(light, table, x == DAY) == [0, 1, 2, 3]
    assert meant(light, table, x > DAY) == [4, 5]
    assert meant(light, table, x.between(DAY, DAY + timedelta(microseconds=1))) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["INTEGER", "FLOAT", "NUMERIC"])
def test_texts_among_the_numbers_of_sqlite_are_in_no_range(light, kind):
    light.execute(text(f"CREATE TABLE held (place INTEGER, x {kind})"))
    for place, cell in enumerate((9, 9.5, "N/A", "", None, 2**53 + 1)):
        light.execute(text("INSERT INTO held VALUES (:place, :x)"), {"place": place, "x": cell})
    table = Table("held", MetaData(), autoload_with=light)
    assert meant(light, table, x >= 9) == [0, 1, 5]
    assert meant(light, table, x > 9.2) == [1, 5]
    assert (meant(light, table, x <= 9.5), meant(light, table, x == 9.5)) == ([0, 1], [1])
    assert meant(light, table, x.is_in(9, 9.5)) == [0, 1]
    assert meant(light, table, x.is_missing()) == [4]
    if kind == "INTEGER":
        assert meant(light, table, x == 2**53 + 1) == [5]


@pytest.mark.parametrize(("kind", "cell"), [("DATETIME", "2026-03-01 00:00:00"), ("DATE", "2026-03-01")])
def test_texts_among_the_times_of_sqlite_are_in_no_range(light, kind, cell):
    light.execute(text(f"CREATE TABLE held (place INTEGER, x {kind})"))
    for place, value in enumerate((cell, "N/A", "", None)):
        light.execute(text("INSERT INTO held VALUES (:place, :x)"), {"place": place, "x": value})
    table = Table("held", MetaData(), autoload_with=light)
    assert meant(light, table, x >= DAY) == meant(light, table, x < DAY + timedelta(days=1)) == [0]
    assert meant(light, table, ~x.within(days=1), now=DAY) == [1, 2, 3]


@pytest.mark.parametrize("zone", ["+05:30", "-03:00"])
def test_timestamps_of_mariadb_are_instants_in_any_session(mariadb, zone):
    mariadb.execute(text("SET time_zone = '+00:00'"))
    grain = timedelta(microseconds=1)
    cells = [(DAY + grain * n).replace(tzinfo=None) for n in (-1, 0, 1)]
    table = kept(mariadb, TIMESTAMP().with_variant(mysql.TIMESTAMP(fsp=6), "mysql", "mariadb"), *cells)
    mariadb.execute(text(f"SET time_zone = '{zone}'"))
    assert (meant(mariadb, table, x == DAY), meant(mariadb, table, x > DAY)) == ([1], [2])


@pytest.mark.parametrize("aware", [True, False])
def test_sessions_of_postgresql_do_not_move_times(postgres, aware):
    postgres.execute(text("SET TIME ZONE 'Asia/Kolkata'"))
    table = kept(postgres, DateTime(timezone=aware), DAY if aware else DAY.replace(tzinfo=None), None)
    assert meant(postgres, table, x == DAY) == meant(postgres, table, x.within(days=1), now=DAY) == [0]


def test_ages_that_reach_beyond_the_calendar_are_cut(connection):
    kind = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    table = kept(connection, kind, DAY if connection.dialect.name == "postgresql" else DAY.replace(tzinfo=None))
    long = timedelta(days=365_000)
    for now in (datetime(9998, 12, 31, tzinfo=UTC), datetime(3, 1, 1, tzinfo=UTC)):
        for rule in (Age("x", at_least=-long, at_most=long), Age("x", at_least=long), Age("x", at_most=-long)):
            assert meant(connection, table, rule, now=now) == [0] * rule.matches({"x": DAY}, now=now)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


@pytest.mark.parametrize("kind", [Enum("RED", "BLUE", name="colours"), Enum(Colour)], ids=["texts", "a class"])
def test_enumerations_are_texts(connection, kind):
    table = kept(connection, kind, "RED", "BLUE", None)
    assert meant(connection, table, x == "RED") == meant(connection, table, x.starts_with("R")) == [0]
    assert meant(connection, table, x != "RED") == [1, 2]
    assert meant(connection, table, x.is_in("red", "BLUE")) == meant(connection, table, x < "RED") == [1]


def _has_citext(postgres):
    if postgres.scalar(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'")):
        postgres.execute(text("CREATE EXTENSION IF NOT EXISTS citext"))
        return True
    return False


def test_collations_of_the_column_do_not_matter(mariadb, postgres):
    columns = (
        (mariadb, mysql.VARCHAR(20, charset="latin1", collation="latin1_general_ci")),
        (mariadb, mysql.VARCHAR(20, charset="utf8mb4", collation="utf8mb4_unicode_ci")),
        (postgres, String(20)),
        (postgres, postgresql.CITEXT() if _has_citext(postgres) else Text()),
    )
    for connection, kind in columns:
        table = kept(connection, kind, "\u00e9t\u00e9", "\u00c9T\u00c9", "ete", "ete ", None)
        assert meant(connection, table, x == "\u00e9t\u00e9") == meant(connection, table, x.contains("t\u00e9")) == [0]
        assert meant(connection, table, x.is_in("ete", "\U0001f600")) == [2]
        assert meant(connection, table, x.starts_with("\u00c9")) == meant(connection, table, x.contains("T")) == [1]
        assert meant(connection, table, x < "ete ") == [2]
        table.drop(connection)


def test_text_of_a_fixed_length_is_found(connection):
    table = kept(connection, CHAR(4), "EMEA", "NA")
    assert meant(connection, table, x == "EMEA") == [0]


def test_numbers_that_are_no_numbers_are_missing_in_postgresql(postgres):
    table = kept(postgres, Numeric(), Decimal("NaN"), Decimal("0.10"), Decimal("Infinity"))
    assert meant(postgres, table, x.is_missing()) == [0]
    assert meant(postgres, table, x == 0.1) == meant(postgres, table, x <= 10**25) == [1]
    assert meant(postgres, table, ~(x > 10**25)) == [0, 1]


def test_small_and_large_numbers_are_exact_in_mariadb(mariadb):
    tiny, huge = Decimal("1E-25"), Decimal(9999999999999999999999999999)
    table = kept(mariadb, mysql.DECIMAL(65, 30), tiny, huge, 0, -tiny)
    assert (meant(mariadb, table, x == tiny), meant(mariadb, table, x == huge)) == ([0], [1])
    assert meant(mariadb, table, x >= huge) == [1]
    assert meant(mariadb, table, x.between(-tiny, Decimal("1.5E-25"))) == [0, 2, 3]
    finest = Decimal("1E-27") + Decimal("1E-54")
    assert meant(mariadb, table, x.is_in(finest, 0)) == [2]
    assert meant(mariadb, table, x < finest) == [2, 3]


def test_unsigned_numbers_go_on_to_their_end(mariadb):
    table = kept(mariadb, mysql.BIGINT(unsigned=True), 2**64 - 1, 0)
    assert meant(mariadb, table, x == 2**64 - 1) == meant(mariadb, table, x > 2**63) == [0]
    assert meant(mariadb, table, x >= -5) == [0, 1]
    assert meant(mariadb, table, x < 2**64) == [0, 1]


class Cents(TypeDecorator):
    impl = Integer
    cache_ok = True


def test_types_of_which_rules_know_nothing_are_refused(light):
    for kind in (JSON(), Cents()):
        table = kept(light, kind, 5, None)
        for rule in (x == 5, x > 5, x.contains("5"), x.starts_with("5"), x.within(days=1), x.is_in()):
            with pytest.raises(InvalidRuleError, match="'x' is of the SQL type"):
                rule_condition(rule, table, now=DAY)
        assert meant(light, table, x.is_present()) == [0, 1] if isinstance(kind, JSON) else [0]
        table.drop(light)
    coerced = {"x": type_coerce(kept(light, Cents(), 5, 6).c.x, Integer())}
    assert light.scalar(select(func.count()).where(rule_condition(x > 5, coerced))) == 1


def test_columns_of_another_kind_are_refused(light):
    for kind, rule in ((Boolean(), x == 1), (BigInteger(), x == True), (Text(), x == 5), (Date(), x == "2026-03-01")):  # noqa: E712
        with pytest.raises(InvalidRuleError, match="the column 'x' holds"):
            rule_condition(rule, Table("held", MetaData(), Column("x", kind)))


class Base(DeclarativeBase):
    pass


class Held(Base):
    __tablename__ = "held"
    place: Mapped[int] = mapped_column(primary_key=True)
    x: Mapped[str | None]


def test_columns_come_from_tables_subqueries_classes_and_mappings(light):
    table = kept(light, Text(), "a", "b")
    narrow = select(table.c.place, table.c.x.label("customer.region")).subquery()
    assert meant(light, narrow, field("customer.region") == "b") == [1]
    assert meant(light, table.alias("other"), x == "b") == [1]
    assert meant(light, table.join(narrow, narrow.c.place == table.c.place).select().cte(), x == "b") == [1]
    for columns in (Held, {"x": Held.x}, {"x": func.coalesce(Held.x, "")}):
        assert list(light.scalars(select(Held.place).where(rule_condition(x == "b", columns)))) == [1]


@pytest.mark.parametrize(
    "columns", [None, "held", ["x"], select(literal(1)), 5], ids=lambda value: type(value).__name__
)
def test_what_has_no_columns_is_refused(columns):
    with pytest.raises(InvalidRuleError, match="subquery"):
        rule_condition(x == 1, columns)


def test_what_is_no_column_is_refused():
    with pytest.raises(InvalidRuleError, match="no column of SQLAlchemy"):
        rule_condition(x == 1, {"x": "x"})
    with pytest.raises(InvalidRuleError, match="did you mean 'region'"):
        rule_condition(field("regoin") == "a", {"region": Column("region", Text)})
    with pytest.raises(InvalidRuleError, match="no rule"):
        rule_condition("x = 1", {"x": Column("x", Integer)})


def test_conditions_are_joined_turned_round_and_selected_like_others(connection):
    table = kept(connection, Integer(), 1, 2, None)
    one, two = (rule_condition(x == number, table) for number in (1, 2))
    found = select(table.c.place).order_by(table.c.place)
    assert list(connection.scalars(found.where(~one))) == [1, 2]
    assert list(connection.scalars(found.where(or_(one, two)))) == [0, 1]
    assert list(connection.scalars(found.where(and_(one, ~two), table.c.place < 2))) == [0]
    assert list(connection.scalars(select(one).order_by(table.c.place))) == [True, False, False]
    assert list(connection.scalars(select(one.label("is_one")).order_by("is_one"))) == [False, False, True]
    assert connection.execute(select(one, func.count()).group_by(one).order_by(one)).all() == [(False, 2), (True, 1)]


def test_whether_a_float_is_there_can_be_selected(connection):
    table = kept(connection, Float(53), 1.5, None)
    for rule, there in ((x.is_present(), [True, False]), (~x.is_present(), [False, True]), (x > 1, [True, False])):
        rows = connection.execute(select(rule_condition(rule, table), table.c.x).order_by(table.c.place)).all()
        assert rows == list(zip(there, (1.5, None), strict=True))


def test_values_are_bound_and_statements_are_kept_with_others(light):
    table = kept(light, Text(), "a'; --", "b")
    for place, value in enumerate(("a'; --", "b")):
        condition = rule_condition(x == value, table)
        compiled = condition.compile(dialect=sqlite.dialect())
        assert value not in str(compiled)
        assert value in compiled.params.values()
        assert list(light.scalars(select(table.c.place).where(condition))) == [place]
    keys = {select(table).where(rule_condition(x == value, table))._generate_cache_key().key for value in "ab"}
    assert len(keys) == 1


def test_other_databases_are_refused_when_a_statement_is_compiled():
    condition = rule_condition(x == "a", {"x": Column("x", Text)})
    with pytest.raises(InvalidRuleError, match="not on oracle"):
        condition.compile(dialect=oracle.dialect())
    assert "COLLATE" in str(condition)
    assert 'COLLATE "C"' in str(condition.compile(dialect=postgresql.dialect()))


def test_the_largest_rules_fit(connection):
    table = kept(connection, Integer(), 1, None)
    rule = Eq("x", 0)
    for level in range(48):
        join = (And, Or)[level % 2]
        rule = join(*(Eq("x", number) for number in range(80)), rule, *(~Eq("x", -number) for number in range(20)))
    expected = [place for place, cell in enumerate((1, None)) if rule.matches({"x": cell})]
    assert meant(connection, table, rule) == expected
    both = Eq("x", 1)
    for _ in range(7):
        both = And(Or(both, ~both), both)
    assert meant(connection, table, both) == [0]
    assert meant(connection, table, Or(*(Eq("x", number) for number in range(5_000)))) == [0]
