"""One tuning job: its limits, its children, what must happen next."""
