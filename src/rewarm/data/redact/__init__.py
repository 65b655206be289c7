"""Personal data replaced, masked or dropped before any other step keeps a text."""
