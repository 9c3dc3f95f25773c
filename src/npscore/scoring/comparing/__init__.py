"""One score against another: two groups, the same people twice, several groups, waves."""
