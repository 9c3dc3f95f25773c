"""What we do: policies as data, decisions with their reasons, cases worked out of a log.

================  ========================================================
`transitions`     the one table of states and steps
`clocks`          within which time something is promised, with pauses
`actions`         what steps ask of the outside, with ids that never change
`cases`           a case, worked out of its log
`policies`        what is promised, as data
`ready`           ready-made policies
`typical`         one answer for each way in which rules tell answers apart
`reach`           what these tell of the rules of a policy
`linting`         what is wrong with a policy, or unwise
================  ========================================================
"""
