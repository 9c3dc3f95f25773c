"""The command line, outermost: nothing imports it.

``app`` reads the flags, ``counting`` makes one pass over the files, ``demo``
makes up a company.
"""
