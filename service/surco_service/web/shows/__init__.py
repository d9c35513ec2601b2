"""For a workshop and for the big screen of a fair."""
