"""The benchmark: tasks built from a release, scores with intervals, and models that can be told apart."""
