"""HTML pages, e-books, web archives and wiki dumps."""
