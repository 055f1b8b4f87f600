"""vMotion: a queue's tasks become pre-copy over shared links, and a switch-over."""
