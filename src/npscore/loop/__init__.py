"""What we do: policies as data, decisions with their reasons, cases worked out of a log.

================  ========================================================
`transitions`     the one table of states and steps
`clocks`          within which time something is promised, with pauses
`actions`         what steps ask of the outside, with ids that never change
`cases`           a case, worked out of its log
`policies`        what is promised, as data
`health`          whether promises are kept, what is old, what comes back
`recovery`        whether calling helps, beyond regression to the mean
`standardised`    means of two groups as if both had the same make-up
`staff`           whether so many people can keep the promises
`working`         working time as one line
================  ========================================================
"""
