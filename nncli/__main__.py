"""`python -m nncli`."""

from nncli.cli import main

main()
