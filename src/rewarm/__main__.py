"""`python -m rewarm`: what torchrun starts."""

from rewarm.cli.main import main

main()
