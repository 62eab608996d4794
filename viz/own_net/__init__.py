"""A net of somebody's own, shown while their script or notebook trains it: the script's side."""
