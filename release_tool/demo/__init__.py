"""AWS on this machine: an emulator whose rollouts move as ECS's do, for trying the program and for its tests."""
