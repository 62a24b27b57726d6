"""Make what is committed: notebooks, exercises, saved models, and README's tables."""
