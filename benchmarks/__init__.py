"""How fast and how frugal `gmmlesson.fit` is, next to others: `make bench`."""
