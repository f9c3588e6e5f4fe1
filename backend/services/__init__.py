"""One verb a function: each opens its unit of work, asks the domain, writes, commits."""
