"""Push gateways for tests: they speak what Apple's, Google's and browsers' speak, and answer what they are told to."""
