"""The version of the application; a release has the same."""

VERSION = "0.2.0"
