"""Money under torture: refunds over a provider that loses, repeats, delays and misreports, by workers that are killed.

A share of the cases are exchanges whose gap is paid on top or goes back, and some of those are refunded after all.
`python -m tests.torture --refunds 10000` (`make torture`) is the long run, `tests/integration/test_money_torture.py`
the short one. Every process is real; time runs faster than the real one, so that polling takes seconds, not days.
"""
