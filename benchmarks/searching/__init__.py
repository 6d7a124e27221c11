"""Parts of ``benchmarks/search.py``: tasks, searchers, and what is taken away for the ablation."""
