"""The command line, outermost: nothing imports it.

``app`` reads the flags, ``counting`` makes one pass over files to score them,
``importing`` puts them into a store, ``places`` are the files that flags name,
``demo`` makes up a company.
"""
