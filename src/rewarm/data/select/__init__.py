"""Which documents stay, by what was measured of them."""
