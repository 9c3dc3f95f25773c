"""Answers that stand for unequal numbers of people: weights, designs, calibration."""
