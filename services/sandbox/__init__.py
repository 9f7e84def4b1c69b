"""Stand-ins for companies on the internet: they speak those companies' HTTP and send nothing to anybody."""
