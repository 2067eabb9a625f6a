"""Tests of the sources, and what they share."""
