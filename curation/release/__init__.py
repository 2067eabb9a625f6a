"""Releases: folders that `datasets.load_dataset` opens as they are, whole or not there at all."""
