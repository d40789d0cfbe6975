"""Push gateways for tests: they speak what Apple's and Google's speak, and answer what they are told to."""
