"""The pages of the training mode, over :mod:`neurotomy.training`."""
