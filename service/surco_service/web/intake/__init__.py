"""Pages of what was brought: files of a phone, quarantine."""
