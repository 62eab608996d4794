"""The Compare page: one or two settings of a run varied, times seeds."""
