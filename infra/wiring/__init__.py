"""What is made of the ports: services and subscribers, per backend and per process. The only wiring there is."""
