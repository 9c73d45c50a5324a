"""What people bring and leave: accounts, conversations, feedback, signatures of cells; their limits and the line in which
they wait. Imports the root only."""
