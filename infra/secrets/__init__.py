"""The site's secret and what follows from it: derived keys, the name secret, wrapped keys of people, rotation."""
