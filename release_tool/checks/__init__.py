"""What `doctor` looks into, a subject a file: each holds what was seen against what has to be, and says what to do."""
