"""Random traffic and random code: nothing may break, and nothing may depend on what came before."""
