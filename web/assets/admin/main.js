// Administration needs no script, only a style sheet of its own.
import './admin.css';
