"""Hyperparameter tuning jobs the way Amazon SageMaker AMT runs them, anywhere."""

__version__ = "0.1.0"
