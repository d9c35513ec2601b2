"""What Surco knows of gardens, soil, crops and water. Pure: no input or output, no clock."""
