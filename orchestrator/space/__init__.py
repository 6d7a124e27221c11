"""Hyperparameter ranges: values, scaling, encoding and counting."""
