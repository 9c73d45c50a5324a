"""What people bring and leave: accounts, conversations, feedback, signatures of cells; their limits and the line they
wait in. Imports the root only."""
