"""The SageMaker API as data: shapes, constraints, encoding, faults, names and quotas."""
