"""What a job does to other services: objects in S3."""
