"""Schema changes, one file per step; see engine/schema.py."""
