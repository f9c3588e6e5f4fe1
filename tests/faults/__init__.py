"""What may go wrong around the real processes, made to happen: nothing is lost, and nothing done twice."""
