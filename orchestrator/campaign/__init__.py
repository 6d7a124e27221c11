"""One search carried on over several tuning jobs, past what one of them may have."""
