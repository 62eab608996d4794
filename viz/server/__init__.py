"""What every page and every route stands on."""
