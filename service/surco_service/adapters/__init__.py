"""Adapters: one file per technology, each keeping the promises of one port."""
