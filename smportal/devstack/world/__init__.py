"""The believable world of the demo: who is in it, and how it comes to be.

Facts come in through the feeds, people through the actions of accounts and eligibility, and six
months of messages through the actions that the pages call, under a moved clock. Nothing here writes
a row by itself. docs/demo.md tells how it fits together.
"""
