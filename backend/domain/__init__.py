"""Plain Python without I/O, clock or randomness: the nouns of after-sales and the rules between them."""
