"""What the programs of Surco say to one another: topics, messages, quantities, settings.

Standard library only, so that a gateway on a 32-bit board can import it. Imports nothing of ours.
"""
