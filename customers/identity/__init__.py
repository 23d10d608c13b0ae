"""Which customers are one person: possible duplicates, merges and their undoing, and facts that follow a merge.

Owns `DuplicatePair` and `CustomerMerge`, and `Customer.merged_into`. May import the rest of `customers` but for
`ingest`, which asks it where facts about a merged customer belong.
"""
