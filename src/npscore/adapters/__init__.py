"""One file per technology: the only places that know a library of the outside."""
