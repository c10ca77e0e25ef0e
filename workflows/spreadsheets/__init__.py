"""Spreadsheets in and out: bounded reading of XLSX and CSV, writing XLSX, reports by line."""
