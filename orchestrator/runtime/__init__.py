"""Where training runs: processes, containers, or a simulation."""
