"""workflows layer of Linxuan; see docs/explanation/architecture.md."""
