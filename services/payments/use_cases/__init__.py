"""What can be done with money, one function for each."""
