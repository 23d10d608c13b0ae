"""The pages people decide from: home, and what each channel brought. Reads only.

Owns no table. May import every app and the other rooms of analytics.
"""
