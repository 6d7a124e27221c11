"""What people write: job files, and their translation to and from the request."""
