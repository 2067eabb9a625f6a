"""Models: what the benchmark asks of them, and the light ones that come with the package."""
