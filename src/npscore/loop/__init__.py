"""What we do: policies as data, decisions with their reasons, cases worked out of a log.

================  ========================================================
`transitions`     the one table of states and steps
`clocks`          within which time something is promised, with pauses
`actions`         what steps ask of the outside, with ids that never change
`logs`            the steps of one case or decision, in order
`cases`           a case, worked out of its log
`policies`        what is promised, as data
`explaining`      why a rule fired or did not, in words
`situations`      what is known when an answer is decided on
`routing`         who gets a case
`deciding`        what policies say about an answer
`sweeping`        what time alone does to a case
`ledger`          what was done so far, as it grows
`history`         what happened, as policies are held against it
`replaying`       what policies would have decided, and whom they treat differently
`ready`           ready-made policies
`typical`         one answer for each way in which rules tell answers apart
`reach`           what these tell of the rules of a policy
`findings`        what is wrong with a policy, or unwise
`naming`          what names give away of reviews and satisfaction
`gating`          public reviews that only some ratings are asked for
`promises`        clocks tried on the calendar
`linting`         policies looked at before they are put to work
`health`          whether promises are kept, what is old, what comes back
`recovery`        whether calling helps, beyond regression to the mean
`standardised`    means of two groups as if both had the same make-up
`staff`           whether so many people can keep the promises
`working`         working time as one line
================  ========================================================
"""
