"""Actions for the tests of the in-process endpoint."""
