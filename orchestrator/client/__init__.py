"""boto3 at AWS or at us: sessions, uploads, following jobs."""
