"""What readers should see, worked out again in the plainest way: shares no code with projections/ or processors/."""
