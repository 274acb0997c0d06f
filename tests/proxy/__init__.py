"""A proxy between the program and AWS that loses, refuses, delays and holds calls, and remembers all of them."""
