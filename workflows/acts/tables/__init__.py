"""Acts and spreadsheets: a roll from a file, one's own marks from a file, results into one."""
