"""Pages of one's own registration beyond the seat: details, another address, the personal feed."""
