"""`python -m rewarm`: what torchrun starts."""

from rewarm.cli import main

main()
