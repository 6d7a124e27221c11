"""AWS's other services, answered by moto: the only rooms that know it.

moto is imported when the first request needs it (it costs a second), and an endpoint without
it still has SageMaker's jobs, their logs and S3. What moto lacks and pipelines of tuning jobs
need is answered here (`shims`).
"""
