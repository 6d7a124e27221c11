"""A tuning job's request in the words of other tools, and back."""
