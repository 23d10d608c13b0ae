"""The pages people decide from: home, what each channel brought, how what the law asks develops. Reads only.

Owns no table. May import every app and the other rooms of analytics.
"""
