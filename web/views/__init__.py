"""Pages, one module for one audience. A module's blueprint is called ``pages``."""
