"""The sandbox's tables, a file for each company's."""
