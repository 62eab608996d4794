"""A net of somebody's own while it trains: measured at a bounded cost, judged, and left as it was."""
