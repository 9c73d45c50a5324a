"""What each command of the command line does. Imports everything below; `cli` reads the words and calls it."""
