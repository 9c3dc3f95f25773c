"""Rows: answers as a convention reads them, which of them stand, and how they become one mean."""
