"""What runs projections and reactions: the runtime with its own positions, effects, fan-out, the media pipeline."""
