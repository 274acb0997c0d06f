"""What ECS does with a service over time, as values and pure functions; times are seconds of the emulator's clock."""
