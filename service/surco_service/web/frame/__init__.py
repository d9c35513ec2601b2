"""What every page shares: templates, words, errors, live news, charts."""
