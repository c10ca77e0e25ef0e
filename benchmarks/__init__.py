"""Benchmarks: run with python3 run.py bench; figures in README.md."""
