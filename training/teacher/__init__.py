"""The teacher: models at training time only, whose probabilities soften the labels."""
