"""The film of a training: the fit at each snapshot, and the loss running along."""
