"""Fuzzing for a bounded time, guided by what runs: `make fuzz`."""
