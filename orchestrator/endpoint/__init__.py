"""HTTP speaking SageMaker, in front of the engine."""
