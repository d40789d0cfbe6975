"""What runs projections and reactions: plans, who applies them, positions; what drives it; the media pipeline."""
