"""Set-up, checks and the supervisor behind the Makefile; nothing here is needed by a running process."""
