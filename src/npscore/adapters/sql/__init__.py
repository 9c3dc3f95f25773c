"""Stores in databases: SQLite files, PostgreSQL, MariaDB. What differs between them is one file each.

The rest is SQLAlchemy Core: ``tables`` and ``rows`` say how a record lies in a table, ``reading``, ``writing`` and
``erasing`` are the statements, ``upgrading`` brings older schemas up to date, and ``store`` is the door.

``rules`` makes conditions of rules about any table: ``cells``, ``numbers`` and ``times`` are its columns by type,
``conditions`` the words that databases do not share.
"""

try:
    import sqlalchemy as _  # noqa: F401
except ImportError:
    from npscore.errors import MissingExtraError

    raise MissingExtraError("SQLAlchemy", "sql") from None

from npscore.adapters.sql.rules import rule_condition
from npscore.adapters.sql.store import SQLStore

__all__ = ["SQLStore", "rule_condition"]
