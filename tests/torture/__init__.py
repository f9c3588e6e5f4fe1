"""Money under torture: refunds over a provider that loses, repeats, delays and misreports, by workers that are killed.

`python -m tests.torture --refunds 10000` (`make torture`) is the long run, `tests/integration/test_money_torture.py`
the short one. Every process is real; time runs faster than the real one, so that polling takes seconds, not days.
"""
