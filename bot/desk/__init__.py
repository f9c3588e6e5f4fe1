"""The desk: the staff's web application, where people take over conversations and work the cases."""
