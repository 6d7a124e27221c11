"""For tests of code that tunes: a pytest fixture and an endpoint in this process."""
