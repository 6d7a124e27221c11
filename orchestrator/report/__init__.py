"""Views made from API answers, the same for every endpoint."""
