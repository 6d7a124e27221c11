"""One training job: what was asked, where it stands, what must happen next."""
