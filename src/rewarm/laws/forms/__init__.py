"""The forms of laws, one file each; `rewarm.laws.catalogue` lists them."""
