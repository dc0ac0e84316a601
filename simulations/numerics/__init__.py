"""What engines compute with: variates, linear systems, precision, and moments that merge."""
