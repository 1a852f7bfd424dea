"""One file for each thing a client can ask for; each has `register(server)`, and being here is being registered."""
