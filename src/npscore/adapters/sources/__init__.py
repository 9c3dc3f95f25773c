"""Where records come from: one file per technology.

================  ========================================================
`memory`          this process, for tests and trials
`lines`           a file of JSON lines, one record each
================  ========================================================
"""
