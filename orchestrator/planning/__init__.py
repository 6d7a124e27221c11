"""What a tuning job will do before it costs anything; one concern a module, no calls in them."""
