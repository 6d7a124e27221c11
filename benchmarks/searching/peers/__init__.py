"""Searchers of others, each run by its own interpreter: nothing here imports ours."""
