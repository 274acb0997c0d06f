"""moto made to answer as AWS does: rollouts that move, and the rules that AWS enforces and moto does not."""
