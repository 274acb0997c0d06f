"""What is where now, how it got there, who and why: as pages, as feeds and as JSON, for whoever keeps them open."""
