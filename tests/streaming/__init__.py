"""Tests of builds of record files."""
