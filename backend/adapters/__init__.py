"""The outside world behind the ports: database, files, calendars, rule files."""
