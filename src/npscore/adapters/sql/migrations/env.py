"""Run by Alembic: the migrations, on the connection that `upgrading` opened and within its transaction."""

from alembic import context

from npscore.adapters.sql.upgrading import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
