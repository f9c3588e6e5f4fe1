"""The operator's commands, one module a noun: each reads its arguments, asks a service, gives an Answer."""
