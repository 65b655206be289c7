"""Act one: sources to blocks. Each room is one step; no step imports another."""
