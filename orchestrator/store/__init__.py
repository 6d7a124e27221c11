"""What is remembered: the journal of events and the rows that views read."""
