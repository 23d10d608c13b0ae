"""What marketing cost: entered by month and acquisition source, for CAC and return.

Owns the table of marketing spend. May import every app and the floor of crm_project.
"""
