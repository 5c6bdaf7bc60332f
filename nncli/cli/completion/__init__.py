"""Completion in the shell: a script asks the program itself, by an environment variable, how a line could go on.

The script gives the words up to the cursor as arguments, the last of them unfinished, and the program answers with a
line for each whole word that may stand there: the word, a tab, and what it means. Which values a parameter may have is
declared beside it: `Option(autocompletion=values.files)`.
"""
