"""The only loop: it feeds events to the machines and performs what they decide."""
