"""What people bring and leave: accounts, conversations, feedback. Imports the root only."""
