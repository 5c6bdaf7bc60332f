"""Completion in the shell: a script runs nncli itself, with `_NNCLI_COMPLETE` set to the name of the shell.

The arguments are the words up to the cursor; the last one is unfinished. For each possible completion, nncli prints a
line with the completed word, a tab and a description. Each parameter declares the function that completes its values:
`Option(autocompletion=values.files)`.
"""
