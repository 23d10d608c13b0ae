"""What campaigns added, found out by comparing people whom chance divided: holdouts, variants, their verdicts.

Owns no table. May import campaigns, loyalty, customers; of analytics the periods and `rollups`, which keep its figures.
"""
