"""What FAO-56 and its kin know of weather, crops and soils; no garden of ours."""
