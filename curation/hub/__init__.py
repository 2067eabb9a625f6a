"""The Hugging Face Hub: the one place that talks to it."""
