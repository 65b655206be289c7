"""How readable a page's text is, from the page's content alone."""
