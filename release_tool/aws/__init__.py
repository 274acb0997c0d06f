"""The only place where AWS is met: one file per kind of thing that is asked of it."""
